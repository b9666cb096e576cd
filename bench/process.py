"""Runs commands and phases as processes, and measures each with all its children from outside."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import psutil

from bench.record import CHECKOUT, Figure
from dagster_project.cli import collect_seldom


def make_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a measured process: this checkout, `settings`, and no other settings or proxies."""
    outside = {name for name in os.environ if name.startswith(("PAPERS_", "DAGSTER_")) or "_proxy" in name.lower()}
    outside = (outside | {"HF_TOKEN"}) - {"PAPERS_SHARED_DATA"}
    kept = {name: value for name, value in os.environ.items() if name not in outside}
    return kept | {"PYTHONPATH": str(CHECKOUT), "PAPERS_REQUESTS_PER_SECOND": "10000"} | settings


def run_command(name: str, command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> tuple[Figure, str]:
    """Run a command in `folder` to its end; return what it took, and what it wrote to its standard output.

    An exit status other than 0 raises `ChildProcessError` with the last line of its standard error.
    """
    environment, over, before = make_environment(settings), threading.Event(), getrusage(RUSAGE_CHILDREN)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, env=environment, **pipes) as run, ThreadPoolExecutor(1) as pool:
        watch = pool.submit(_find_peak, run.pid, over)
        try:
            output, errors = run.communicate()
        finally:
            over.set()
    wall, after = time.perf_counter() - started, getrusage(RUSAGE_CHILDREN)
    if run.returncode:
        raise ChildProcessError((errors.strip() or f"exit status {run.returncode}").splitlines()[-1])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figure(name=name, wall=wall, cpu=cpu, peak=watch.result() or None), output


def _find_peak(pid: int, over: threading.Event) -> int:
    """Return the most memory that a process and its children held together, as seen now and then until the end.

    Not `ru_maxrss`: it counts what this process held when it started the other.
    """
    peak = 0
    while not over.wait(0.05):
        with suppress(psutil.Error):  # one of them ended meanwhile
            process = psutil.Process(pid)
            peak = max(peak, sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]))
    return peak


def run_in_worker(
    work: Callable[[str, Path], list[Figure]], size: str, home: Path, settings: Mapping[str, str]
) -> list[Figure]:
    """Run a phase in a fresh process and return its figures. A figure without times takes those of the process."""
    code = "from bench.process import run_here; run_here()"
    command = [sys.executable, "-c", code, work.__module__, work.__name__, size, str(home)]
    process, output = run_command("phase", command, home.parent, settings)
    figures = [Figure(**one | {"peak": process.peak}) for one in json.loads(output.splitlines()[-1])]
    for figure in figures:
        if figure.wall is None:
            figure.wall, figure.cpu = process.wall, process.cpu
    return figures


def run_here() -> None:
    """Run the phase that the command line names, and print its figures."""
    collect_seldom()  # as the command does
    module, name, size, home = sys.argv[1:]
    figures = getattr(import_module(module), name)(size, Path(home))
    sys.stdout.write(f"\n{json.dumps([asdict(figure) for figure in figures])}\n")
