"""Stands ready with everything imported, and runs one build a line in a child of its own, which may be killed.

A line names a home, an archive, the hour of the build and whether to wait for a tracer; the answer is the child's
process id, then how it ended. What is damaged, and what should come of it, belongs in `test_kill.py`.
"""

import datetime as dt
import os
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from dagster_project import pipeline
from dagster_project.config import load_settings
from dagster_project.lake.home import Home
from dagster_project.models.catalog import load_checks, load_macros, load_models
from dagster_project.models.contract import load_contract
from dagster_project.publish.release import publish
from dagster_project.sources.attempt import Source

DAYS: Sequence[tuple[Source, list[dt.date]]] = (
    ("digest", [dt.date(2024, 1, 25), dt.date(2024, 1, 26)]),
    ("huggingface", [dt.date(2025, 2, 21)]),
)
KEPT = 2


def build(folder: Path, archive: Path, hour: int) -> None:
    """Take an archive to a release, as the jobs do, at an hour of the year 2026."""
    home = Home(folder)
    now = dt.datetime(2026, 1, 1) + dt.timedelta(hours=hour)
    settings = load_settings(
        home=str(folder),
        digest_url=(archive / "digests").as_uri() + "/{date:%Y/%m/%d}.md",
        huggingface_url=(archive / "api").as_uri() + "/{date:%Y-%m-%d}",
        requests_per_second=10_000,
    )
    with pipeline.writing(home):
        home.settle("real")
        for source, days in DAYS:
            pipeline.fetch(home, settings, source, days, clock=lambda: now)
    with pipeline.writing(home):
        for source, days in DAYS:
            pipeline.parse(home, source, days)
    with pipeline.writing(home):
        publish(home, keep=KEPT, clock=lambda: now)


def child(folder: str, archive: str, hour: str, traced: str) -> None:
    """Build, and end without clearing up after the parent: 0 when it is done, 1 when it failed."""
    status = 1
    try:
        while traced and "TracerPid:\t0\n" in Path("/proc/self/status").read_text(encoding="utf-8"):
            time.sleep(0.001)
        build(Path(folder), Path(archive), int(hour))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def main() -> None:
    """Answer line by line. What every build works out anew from the code is worked out once, before."""
    for warm in (load_models, load_checks, load_macros, load_contract, pipeline.reading_rules):
        warm()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            child(*line.rstrip("\n").split("\t"))
        print(pid, flush=True)  # noqa: T201
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
