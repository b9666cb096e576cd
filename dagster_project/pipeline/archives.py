"""Reads the captures of archives into the raw store and the fetch log. What others hold belongs in `sources`."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dagster_project.clock import Clock, utc_now
from dagster_project.config import Settings
from dagster_project.errors import HistoryError
from dagster_project.lake.fetch_log import open_log
from dagster_project.lake.home import Contents, Home
from dagster_project.lake.purge import read_purged, remove_clones
from dagster_project.pipeline.fetching import FetchedDay, gather_answers, log_in_batches, sum_up
from dagster_project.sources.archives import LATER, Archive, HistoryReader, make_git_variables
from dagster_project.sources.attempt import Attempt
from dagster_project.sources.git import update_clone

CAPTURES_AT_ONCE = 512
"""Captures that are collected before they are written, as `fetching` does with days."""


@dataclass(slots=True)
class ReadArchive:
    """The result of reading an archive: its new captures by day, what was not taken, and why it ended early."""

    source: str
    days: dict[dt.date, FetchedDay] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    """The number of versions that left no fetch attempt, by the reason."""
    problem: str | None = None


def read_archive(
    home: Home,
    settings: Settings,
    archive: Archive,
    first: dt.date | None = None,
    last: dt.date | None = None,
    clock: Clock = utc_now,
    *,
    refetch: bool = False,
    contents: Contents = "real",
) -> ReadArchive:
    """Read the captures of an archive that the home does not hold into the raw store and the fetch log.

    `first` and `last` limit the days. With `refetch` all of its history is read, not only what is new in it. What it
    holds replaces the sample as in `fetch`. Never raises `HistoryError`: it is the result's `problem`.
    """
    log = open_log(home, archive.format)
    done, now = ReadArchive(archive.format), clock()
    reader = HistoryReader(
        archive=archive,
        clone=home.clones / f"{archive.name}.git",
        held=log.find_held_captures(archive),
        first=max(first or dt.date.min, archive.source.first_day),
        last=min(last or dt.date.max, now.date()),
        max_bytes=settings.max_bytes,
        deadline=time.monotonic() + settings.archive_timeout,
        skipped=done.skipped,
        refetch=refetch,
    )
    try:
        reader.clone.parent.mkdir(parents=True, exist_ok=True)
        update_clone(
            archive.url,
            reader.clone,
            timeout=settings.archive_timeout,
            max_bytes=settings.archive_bytes,
            variables=make_git_variables(settings),
        )
    except HistoryError as error:
        done.problem = str(error)
    if reader.clone.exists():
        try:
            with log_in_batches(home, log, CAPTURES_AT_ONCE, contents, archive) as add:
                _add_captures(reader, done, now, add)
            if (
                done.problem is None
                and first is None
                and LATER not in done.skipped
                and home.read_contents() == contents
            ):
                reader.note_end()
        except HistoryError as error:
            done.problem = done.problem or str(error)
        log.gather(now)
        gather_answers(home, archive.format)
    if read_purged(home):
        remove_clones(home)  # they hold all of a history, and are made again when it is read next
    return done


def _add_captures(
    reader: HistoryReader, done: ReadArchive, now: dt.datetime, add: Callable[[Sequence[Attempt]], None]
) -> None:
    """Add the new captures of an archive one by one, and sum them up by day."""
    by_day = dict[dt.date, list[Attempt]]()
    try:
        for attempt in reader.read(now):
            by_day.setdefault(attempt.date, []).append(replace(attempt, body=None))
            add([attempt])
    finally:
        done.days = {day: sum_up(attempts) for day, attempts in by_day.items()}
