"""Processes that are measured from outside: how long they ran, what CPU and memory they and their children took."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.figures import Figure
from bench.meter import Result
from dagster_project.config import CHECKOUT

PAPERS = str(Path(sys.executable).with_name("papers"))
SHARED = "PAPERS_SHARED_DATA"
"""No setting of the program: where the real archives lie."""
BETWEEN_LOOKS, LATER = 0.02, 0.1
"""Seconds between two looks at the memory of a process and its children, in its first second and later."""


class FailedError(Exception):
    """A process ended with another exit status than 0; the text is the last line that it said."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a process ended: times in seconds, memory in bytes, what it printed."""

    wall: float
    cpu: float
    peak: int
    stdout: str


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a measured process: this checkout, no settings but `more`, no politeness."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name == SHARED
        or not (name.startswith(("PAPERS_", "DAGSTER_")) or name == "HF_TOKEN" or name.lower().endswith("_proxy"))
    }
    return clean | {"PYTHONPATH": str(CHECKOUT), "PAPERS_REQUESTS_PER_SECOND": "10000"} | more


def run(command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> Run:
    """Run a command in `folder` to its end, and return what it took.

    Raises:
        FailedError: it ended with another status than 0.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment(settings), stdout=out, stderr=err)
        look = _Look(process.pid)
        look.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        finally:
            look.over.set()
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        look.join()
        out.seek(0)
        err.seek(0)
        if process.returncode:
            said = err.read().strip().splitlines() or [f"exit status {process.returncode}"]
            raise FailedError(said[-1])
        # Not `ru_maxrss`: it counts what this process held when it started the other.
        return Run(wall, used.ru_utime + used.ru_stime, look.peak, out.read())


class _Look(threading.Thread):
    """Looks, now and then, at how much memory a process and its children hold together."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0, threading.Event()

    def run(self) -> None:
        began = time.monotonic()
        while not self.over.wait(BETWEEN_LOOKS if time.monotonic() < began + 1 else LATER):
            try:
                top = psutil.Process(self.pid)
                tree = [top, *top.children(recursive=True)]
            except psutil.Error:
                return
            self.peak = max(self.peak, sum(map(_resident, tree)))


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def worker(
    work: Callable[..., list[Result]], folder: Path, settings: Mapping[str, str], /, **arguments: object
) -> tuple[list[Result], Run]:
    """Run a function of `bench.work` in a fresh process; return what it tells, and what the process took.

    Raises:
        FailedError: it did not get through.
    """
    with tempfile.NamedTemporaryFile("r", suffix=".json") as told:
        name = f"{work.__module__}:{work.__name__}"
        command = [sys.executable, "-m", "bench.worker", name, json.dumps(arguments), told.name]
        ended = run(command, folder, settings)
        return json.loads(told.read()), ended


def in_worker(
    work: Callable[..., list[Result]], part: str, folder: Path, settings: Mapping[str, str], /, **arguments: object
) -> list[Figure]:
    """Return what a function of `bench.work` tells as figures, with the memory that its process took at most."""
    results, ended = worker(work, folder, settings, **arguments)
    return [Figure(part=part, peak=ended.peak or None, **result) for result in results]
