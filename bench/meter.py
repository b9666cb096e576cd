"""The stopwatch of a phase: wall and CPU time, children and threads included."""

import resource
import time
from multiprocessing import forkserver
from typing import Any, Self

Result = dict[str, Any]
"""A figure as a worker tells it: the fields of `Figure` but those that only its caller knows."""


def cpu_seconds() -> float:
    """Return the CPU time of this process, and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Stopwatch:
    """Adds up what the bodies of its `with` take."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __enter__(self) -> Self:
        self._began = time.perf_counter(), cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self._began[0]
        self.cpu += cpu_seconds() - self._began[1]

    def told(self, name: str, rows: int | None = None, unit: str = "", **facts: object) -> Result:
        """Return what it shows as a figure."""
        return {"name": name, "wall": self.wall, "cpu": self.cpu, "rows": rows, "unit": unit, "facts": facts}


def end_fork_server() -> None:
    """End the process that a pool's workers were forked from: only then is their CPU time counted."""
    server: Any = forkserver._forkserver
    if server._forkserver_pid is not None:
        server._stop()


def end_java() -> None:
    """End the Java that Spark runs in, for the same reason."""
    from pyspark import SparkContext

    gateway: Any = SparkContext._gateway
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None
