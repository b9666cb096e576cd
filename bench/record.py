"""Figures: what each phase took. A record holds those of one size with the machine and the commit; JSON keeps it.

Only what was measured is kept. Ratios and rates belong in `report`.
"""

import json
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import psutil

CHECKOUT = Path(__file__).resolve().parents[1]
MEASURED = CHECKOUT / "build" / "bench"
"""Where a run leaves its records, one file for each size."""
KEPT = CHECKOUT / "docs" / "performance.json"
"""The records that the page is written from."""
BUSY_LOAD, SECONDS_WATCHED = 0.5, 5
"""Load from which on wall times are not to be trusted, and for how long it is watched."""
LIBRARIES = ("duckdb", "polars", "pyarrow", "dagster")
SIZES = ("sample", "shared", "1", "10", "100", "1000")


@dataclass(slots=True, kw_only=True)
class Figure:
    """What a phase took, or a step of it. Names are unique in a record; `part` is the table that shows it.

    `wall` and `cpu` are seconds; `cpu` is user and system time, children included. `peak` is the most memory in bytes
    that the process and its children held together. `rows` says how much was worked through, in `unit`. A phase that
    failed has only an `error`.
    """

    part: str = ""
    name: str
    wall: float | None = None
    cpu: float | None = None
    peak: int | None = None
    rows: int | None = None
    unit: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    @contextmanager
    def timing(self, *, with_running: bool = False) -> Generator[Self]:
        """Add the time of the body of a `with`; `with_running` counts children that outlive it, too."""
        cpu, wall = _read_cpu(with_running), time.perf_counter()
        yield self
        self.wall = (self.wall or 0) + time.perf_counter() - wall
        self.cpu = (self.cpu or 0) + _read_cpu(with_running) - cpu


def _read_cpu(with_running: bool) -> float:
    """Return the CPU seconds of this process and of its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(one.ru_utime + one.ru_stime for one in used)
    for child in psutil.Process().children(recursive=True) if with_running else ():
        with suppress(psutil.Error):
            seconds += sum(child.cpu_times()[:4])  # its own, and of its children that have ended
    return seconds


def combine(name: str, plus: Iterable[Figure], minus: Iterable[Figure] = ()) -> Figure:
    """Return a figure whose times are the sums of some figures, less those of others."""
    signed = [(1, one) for one in plus] + [(-1, one) for one in minus]
    wall, cpu = (sum(sign * (getattr(one, of) or 0) for sign, one in signed) for of in ("wall", "cpu"))
    return Figure(name=name, wall=wall, cpu=cpu)


def take_median(figures: Sequence[Figure]) -> Figure:
    """Return the last of repeated figures, with the median of all in place of each measure."""
    median = replace(figures[-1])
    for measure in ("wall", "cpu", "peak"):
        if values := [value for one in figures if (value := getattr(one, measure)) is not None]:
            setattr(median, measure, statistics.median(values))
    return median


@dataclass(slots=True)
class Record:
    """The figures of one size, in the order in which they were measured; `commit` names every commit measured."""

    size: str
    day: str
    commit: str
    machine: dict[str, Any]
    digests: int = 0
    entries: int = 0
    settings: dict[str, str] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)

    @property
    def was_busy(self) -> bool:
        """Whether other work ran when the size was begun, or nobody knows: wall times are then too long."""
        return bool(self.machine.get("load", BUSY_LOAD) >= BUSY_LOAD)

    def find(self, name: str) -> Figure | None:
        """Return a figure; None if it was not measured or failed."""
        return next((one for one in self.figures if one.name == name and not one.error), None)

    def replace(self, phase: str, figures: Iterable[Figure]) -> None:
        """Put figures in place of those of a phase, and of others with the same names."""
        figures = list(figures)
        names = {one.name for one in figures}
        kept = [one for one in self.figures if one.name not in names and one.facts.get("phase") != phase]
        self.figures = [*kept, *figures]

    def save(self) -> None:
        """Write the record to the file of its size."""
        MEASURED.mkdir(parents=True, exist_ok=True)
        new = MEASURED / f"{self.size}.new"
        new.write_text(write_json(asdict(self)), encoding="utf-8")
        new.replace(new.with_suffix(".json"))

    def print(self, text: str) -> None:
        """Print a line for the person who waits."""
        sys.stderr.write(f"[{self.size}] {text}\n")


def write_json(value: object) -> str:
    """Return JSON in which a small change changes few lines."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def read_records(*files: Path) -> list[Record]:
    """Return the records of files that hold a list of them, or one."""
    contents = [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]
    records = [one for content in contents for one in (content if isinstance(content, list) else [content])]
    return [Record(**one | {"figures": [Figure(**figure) for figure in one["figures"]]}) for one in records]


def describe_machine() -> dict[str, Any]:
    """Return the machine, how busy it is with other work, and the library versions."""
    cores = psutil.cpu_count() or 1
    cpuinfo = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", cpuinfo.read_text(encoding="utf-8")) if cpuinfo.exists() else None
    is_linux = platform.system() == "Linux"
    distribution = f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux" if is_linux else platform.system()
    return {
        "cores": cores,
        "memory": psutil.virtual_memory().total,
        "processor": model[1] if model else platform.processor(),
        "system": f"{distribution} {platform.release()}",
        # The system's load average would still show the size that was measured before.
        "load": round(psutil.cpu_percent(SECONDS_WATCHED) / 100 * cores, 2),
        "python": platform.python_version(),
        **{library: version(library) for library in LIBRARIES},
    }


def find_commit() -> str:
    """Return the commit that is measured, and whether the code differs from it; empty outside of a clone."""

    def git(*arguments: str) -> str:
        run = subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False)
        return run.stdout.strip()

    changes = git("status", "--porcelain", "--", "dagster_project", "sql")
    return git("rev-parse", "--short=10", "HEAD") + (" and changes" if changes else "")
