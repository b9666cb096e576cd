"""Fills homes and folders with digests: what is measured on, not measured itself."""

import datetime as dt
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.archive import LAST_DAY, Archive
from bench.meter import Result, Stopwatch, end_fork_server
from bench.sizes import Size, write_digests
from dagster_project.lake.fetch_log import FetchLog
from dagster_project.lake.home import Home
from dagster_project.lake.raw import RawStore
from dagster_project.parallel import spread
from dagster_project.sources.attempt import Attempt, Outcome
from dagster_project.sources.digest import WRITTEN_AT

DAYS_AT_ONCE = 360
AFTER = 6
"""Days after the archive's last that new days are taken from."""


def new_days() -> list[dt.date]:
    """Return the days that follow the archive."""
    return [LAST_DAY + dt.timedelta(days=ahead) for ahead in range(1, AFTER + 1)]


def digests(size: str, folder: str) -> list[Result]:
    """Write an archive's digests, for a server."""
    with Stopwatch() as watch:
        write_digests(Size(size).archive.digests(), Path(folder))
    return [watch.told("digests", len(Size(size).archive.days), "digests")]


def further_digests(folder: str) -> list[Result]:
    """Write the digests of the days after any archive."""
    archive = Archive(1)
    with Stopwatch() as watch:
        write_digests(((day, archive.digest(day)) for day in new_days()), Path(folder))
    return [watch.told("further digests", AFTER, "digests")]


def generate(size: str, home: str, last: int = 0) -> list[Result]:
    """Put an archive, or its `last` days, into the raw store and the fetch log, as if it had been fetched."""
    place, days = Home(Path(home)), Size(size).archive.days[-last:]
    # One process writes the log: its files are named by the time.
    log, made = FetchLog(place.fetch_log, "digest", RawStore(place.raw)), 0
    with Stopwatch() as watch:
        for attempts in _made(Size(size).archive, place, days):
            log.add(attempts)
            made += sum(attempt.size or 0 for attempt in attempts)
        end_fork_server()
    return [watch.told("generate", len(days), "digests", bytes=made)]


def _made(archive: Archive, home: Home, days: list[dt.date]) -> Iterator[list[Attempt]]:
    """Yield the attempts of all days, without their bodies, which the raw store holds by then."""
    batches = [days[start : start + DAYS_AT_ONCE] for start in range(0, len(days), DAYS_AT_ONCE)]
    yield from spread(partial(_make, archive, home), batches, min(len(batches), os.cpu_count() or 1))


def _make(archive: Archive, home: Home, days: list[dt.date]) -> list[Attempt]:
    raw = RawStore(home.raw)
    attempts = []
    for day in days:
        body, at = archive.digest(day), dt.datetime.combine(day, WRITTEN_AT)
        attempts.append(
            Attempt(
                source="digest",
                date=day,
                url=f"https://archive.invalid/{day:%Y/%m/%d}.md",
                fetched_at=dt.datetime(2025, 6, 1),
                captured_at=at,
                status=200,
                sha256=raw.put(body),
                size=len(body),
                items=body.count(b"### ["),
                outcome=Outcome.FETCHED,
            )
        )
    return attempts
