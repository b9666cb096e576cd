"""Builds at an hour of the year 2026, in this process or in a child of a fork server, which may be traced and killed.

What is damaged, and what should come of it, belongs in the tests.
"""

import datetime as dt
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from dagster_project import pipeline
from dagster_project.config import load_settings
from dagster_project.lake.home import Home
from dagster_project.models.catalog import load_checks, load_macros, load_models
from dagster_project.models.contract import load_contract
from dagster_project.publish.release import publish

DAYS: Sequence[tuple[str, list[dt.date]]] = (
    ("digest", [dt.date(2024, 1, 25), dt.date(2024, 1, 26)]),
    ("huggingface", [dt.date(2025, 2, 21)]),
)
KEPT = 2
BEGUN = dt.datetime(2026, 1, 1)


def build(folder: Path, archive: Path, hour: int, asked: dt.datetime | None = None) -> None:
    """Build a release of an hour from an archive; each step takes the lock, so that another run may come between.

    If not told when to ask, all ask within a second: a digest that was written again is of the time at which it is
    asked for, and releases are compared.
    """
    home = Home(folder)
    now = BEGUN + dt.timedelta(hours=hour)
    asked = asked or BEGUN + dt.timedelta(microseconds=hour)
    settings = load_settings(
        home=str(folder),
        addresses={
            "digest_url": (archive / "digests").as_uri() + "/{date:%Y/%m/%d}.md",
            "huggingface_url": (archive / "api").as_uri() + "/{date:%Y-%m-%d}",
        },
        requests_per_second=10_000,
    )
    with pipeline.lock_for_writing(home):
        home.set_contents("real")
        for source, days in DAYS:
            pipeline.fetch(home, settings, source, days, clock=lambda: asked)
    with pipeline.lock_for_writing(home):
        for source, days in DAYS:
            pipeline.parse(home, source, days)
    with pipeline.lock_for_writing(home):
        publish(home, keep=KEPT, clock=lambda: now)


def set_aside(folder: Path) -> None:
    """Make room for real data in a home that holds the sample."""
    home = Home(folder)
    with home.lock_for_writing():
        home.set_contents("real")


def tidy_later(folder: Path) -> None:
    """Tidy a home a month later."""
    from dagster_project.defs.resources import Papers
    from dagster_project.defs.tidy import tidy

    tidy(Papers({"home": str(folder)}), lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=30))


def capture(folder: Path, source: str, now: dt.datetime) -> None:
    """Build a home at a time (UTC) as a schedule does, from a source's last two weeks; print the CPU s and MiB."""
    import time_machine

    from dagster_project.build import BuildRequest
    from dagster_project.defs.jobs import run_build
    from dagster_project.defs.resources import Papers

    begun = time.process_time()
    with time_machine.travel(now, tick=True):
        run_build(
            Papers({"home": str(folder)}),
            BuildRequest(sources=[source], first=now.date() - dt.timedelta(days=13), last=now.date()),
        )
    print(time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)  # noqa: T201


def main() -> None:
    """Do what the arguments say: whether to wait for a tracer first, a home, and an archive and an hour to build.

    In place of both, `tidy` tidies the home, and `capture` with a source and a time builds it.
    """
    traced, folder, *of_build = sys.argv[1:]
    while traced == "traced" and "TracerPid:\t0\n" in Path("/proc/self/status").read_text(encoding="utf-8"):
        time.sleep(0.001)
    if of_build == ["tidy"]:
        tidy_later(Path(folder))
    elif of_build[:1] == ["capture"]:
        capture(Path(folder), of_build[1], dt.datetime.fromisoformat(of_build[2]))
    elif of_build:
        archive, hour = of_build
        build(Path(folder), Path(archive), int(hour))
    else:
        set_aside(Path(folder))


def warm() -> None:
    """Work out once what every build works out anew from the code, and import what tidying needs."""
    from dagster_project.defs import tidy as _tidy  # noqa: F401

    for load in (load_models, load_checks, load_macros, load_contract, pipeline.hash_parsing_code):
        load()
