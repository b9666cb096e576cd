"""The `papers` command from outside, as a person meets it: how long it takes to start, to show something, to be done.

Each function returns figures of one part; several runs, and the median of them.
"""

import contextlib
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pexpect

from bench.figures import Figure
from bench.process import PAPERS, Run, environment, run
from bench.server import Server
from dagster_project.lake.home import Home

TIMES = 5
IMPORTS = {
    "bare Python": "pass",
    "dagster_project.pipeline": "import dagster_project.pipeline",
    "dagster_project.defs.build": "import dagster_project.defs.build",
}
QUICK = {
    "papers --help": ["--help"],
    "papers sql": ["sql", "FROM mart_paper LIMIT 5"],
    "papers status": ["status"],
}
STEP = re.compile(r"(fetch|parse|build tables)\b.*\d")
"""What progress says of the first step, beyond that the command has begun."""


def middle(part: str, name: str, runs: Sequence[Run], **facts: Any) -> Figure:
    """Return the medians of some runs."""
    return Figure(
        part,
        name,
        statistics.median(one.wall for one in runs),
        statistics.median(one.cpu for one in runs),
        int(statistics.median(one.peak for one in runs)) or None,
        facts={"times": len(runs), **facts},
    )


def imports(part: str, folder: Path) -> list[Figure]:
    """Measure what starting takes, before any work; the first run of each warms the disk's cache."""
    figures = []
    for name, code in IMPORTS.items():
        runs = [run([sys.executable, "-c", code], folder, {}) for _ in range(TIMES + 1)]
        figures.append(middle(part, name, runs[1:]))
    return figures


def quick(part: str, home: Path) -> list[Figure]:
    """Measure the commands that should answer at once, on a home with a release."""
    figures = []
    for name, arguments in QUICK.items():
        command = [PAPERS, *arguments] if name.endswith("--help") else [PAPERS, *arguments, "--home", str(home)]
        runs = [run(command, home.parent, {}) for _ in range(TIMES + 1)]
        figures.append(middle(part, name, runs[1:]))
    return figures


def first_build(part: str, folder: Path, *, busy: bool, times: int = 3) -> list[Figure]:
    """Build the sample on a terminal, with the other core busy or not: until something shows, and until it is done."""
    name = "build the sample, the other core busy" if busy else "build the sample"
    shows, steps, done = [], [], []
    with _busy() if busy else contextlib.nullcontext():
        for _ in range(times):
            home = folder / "first-home"
            shutil.rmtree(home, ignore_errors=True)
            for times_of_kind, seconds in zip((shows, steps, done), _watched_build(home), strict=True):
                times_of_kind.append(seconds)
            shutil.rmtree(home)
    told = {f"{name}: first sign": shows, f"{name}: first step counted": steps, f"{name}: done": done}
    return [Figure(part, key, wall=statistics.median(seconds), facts={"times": times}) for key, seconds in told.items()]


def _watched_build(home: Path) -> tuple[float, float, float]:
    """Return the seconds to the first sign of progress, to the first step with a number, and to the end."""
    started = time.perf_counter()
    arguments = ["build", "--home", str(home)]
    with pexpect.spawn(
        PAPERS, arguments, cwd=str(home.parent), env=environment({"TERM": "xterm"}), encoding="utf-8", timeout=600
    ) as child:
        child.ptyproc.delayafterclose = 0
        child.expect("papers build")
        sign = time.perf_counter() - started
        child.expect(STEP)
        step = time.perf_counter() - started
        child.expect(pexpect.EOF)
        done = time.perf_counter() - started
        child.wait()
    if child.exitstatus:
        raise RuntimeError(f"papers build ended with exit status {child.exitstatus}")
    return sign, step, done


@contextlib.contextmanager
def _busy() -> Generator[None]:
    """Keep one core busy."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def build(home: Path, arguments: Sequence[str], settings: dict[str, str]) -> Run:
    """Run `papers build` once."""
    return run([PAPERS, "build", *arguments, "--home", str(home)], home.parent, settings)


def unchanged(
    part: str, home: Path, arguments: Sequence[str], settings: dict[str, str], server: Server | None
) -> Figure:
    """Run `papers build` once more over what has not changed, and hold it to doing nothing.

    Raises:
        RuntimeError: it asked for more than news, wrote Parquet, or published.
    """
    if server:
        server.asked()
    before = _state(Home(home))
    ended = build(home, arguments, settings)
    asked = server.asked() if server else []
    facts = {
        "requests": len(asked),
        "not_modified": sum(one.status == 304 for one in asked),
        "not_there": sum(one.status == 404 for one in asked),
        "conditional": sum(one.is_conditional for one in asked),
    }
    if _state(Home(home)) != before:
        raise RuntimeError("a build without news wrote Parquet or published a release")
    if facts["conditional"] != facts["not_modified"] or facts["requests"] != facts["not_modified"] + facts["not_there"]:
        raise RuntimeError(f"a build without news asked for more than news: {facts}")
    return middle(part, "papers build, unchanged", [ended], **facts)


def _state(home: Home) -> tuple[str, dict[str, int]]:
    """Return the release in use, and the lake's files with their times."""
    files = {str(file): file.stat().st_mtime_ns for file in home.lake.glob("*/*/*.parquet")}
    return home.current.resolve().name, files
