"""Fetches days, papers and indexes of sources into the raw store and the fetch log. Reading archives: `archives`."""

import asyncio
import datetime as dt
from collections.abc import Callable, Generator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace

import polars as pl

from dagster_project.clock import Clock, utc_now
from dagster_project.config import Settings
from dagster_project.lake.archive_list import note_archive
from dagster_project.lake.exclusions import read_exclusions
from dagster_project.lake.fetch_log import FetchLog, open_index_log, open_log
from dagster_project.lake.files import list_parquet, scan
from dagster_project.lake.home import Contents, Home
from dagster_project.lake.purge import purge_attempts
from dagster_project.lake.raw import MANY, RawStore
from dagster_project.progress import report
from dagster_project.sources.archives import Archive
from dagster_project.sources.attempt import ANSWERS, Attempt, Outcome
from dagster_project.sources.fetch import fetch_days, fetch_index
from dagster_project.sources.fetch import fetch_papers as fetch_papers_of
from dagster_project.sources.registry import SOURCES
from dagster_project.sources.source import Source

DAYS_AT_ONCE = 64
BYTES_AT_ONCE = 64 * 1024**2
"""Days of a source, and bytes of answers, that are collected before they are written: this bounds memory and avoids
small writes."""


@dataclass(frozen=True, slots=True)
class FetchedDay:
    """The result of fetching a day: outcome and reason of its worst attempt, captures and bytes received."""

    outcome: Outcome
    reason: str | None
    captures: int
    size: int


def fetch(
    home: Home,
    settings: Settings,
    source: str,
    days: Sequence[dt.date],
    clock: Clock = utc_now,
    *,
    refetch: bool = False,
    contents: Contents = "real",
) -> dict[dt.date, FetchedDay]:
    """Fetch `days` of a source into the raw store and the fetch log; return the result of each day.

    With `refetch` no request is conditional, so that the source sends what it has; an answer that equals the one that
    is held is no capture all the same. Real answers replace the sample once one of them holds a paper; before that,
    none is stored.
    """
    log = open_log(home, source)
    held = log.find_held(days)
    if refetch:
        held = {day: {url: one.without_conditions() for url, one in urls.items()} for day, urls in held.items()}
    ended: dict[dt.date, FetchedDay] = {}

    async def run() -> None:
        with log_in_batches(home, log, DAYS_AT_ONCE, contents) as add:
            async with aclosing(fetch_days(SOURCES[source], days, settings, held, clock)) as fetched:
                async for attempts in fetched:
                    ended[attempts[0].date] = sum_up(attempts)
                    add(attempts)
                    report(f"fetch {source}", len(ended), len(days))

    asyncio.run(run())
    log.gather(clock())
    gather_answers(home, source)
    return ended


def list_undescribed(
    home: Home,
    source: Source,
    now: dt.datetime,
    first: dt.date | None = None,
    last: dt.date | None = None,
    *,
    again: bool = False,
) -> list[str]:
    """Return the papers of the lake, or those listed from `first` to `last`, that a source should be asked for.

    Excluded papers are left out, and without `again` those that it was asked for lately, whether it knew them or not.
    The papers that were listed last come first.
    """
    if source.descriptions is None:
        return []
    files = [
        file for name, one in SOURCES.items() if one.lists_papers for file in list_parquet(home.lake / "entry", name)
    ]
    if not files:
        return []
    left_out = set(read_exclusions(home)["arxiv_id"].drop_nulls())
    if not again:
        log = open_log(home, source.name)
        is_fresh = pl.col("fetched_at") > now - source.descriptions.fresh_for
        answered = log.read(pl.col("outcome").is_in([*ANSWERS, Outcome.MISSING]), is_fresh)
        left_out |= {paper for url in answered["url"] for paper in source.descriptions.list_asked(url)}
    listed = (
        scan(files)
        .filter(pl.col("listed_on").is_between(first or dt.date.min, last or now.date()))
        .group_by("arxiv_id")
        .agg(pl.col("listed_on").max())
        .sort("listed_on", "arxiv_id", descending=True)
        .collect()
    )
    return [paper for paper in listed["arxiv_id"] if paper not in left_out]


def fetch_papers(
    home: Home,
    settings: Settings,
    source: Source,
    papers: Sequence[str],
    clock: Clock = utc_now,
    *,
    contents: Contents = "real",
) -> dict[dt.date, FetchedDay]:
    """Ask a source for papers; return the result of each day of its answers. Each answer is stored as it comes."""
    log = open_log(home, source.name)
    held = {url: one for urls in log.find_held(None).values() for url, one in urls.items()}
    by_day, asked = dict[dt.date, list[Attempt]](), 0

    async def run() -> None:
        nonlocal asked
        with log_in_batches(home, log, 1, contents) as add:
            async with aclosing(fetch_papers_of(source, papers, settings, held, clock)) as fetched:
                async for attempt in fetched:
                    by_day.setdefault(attempt.date, []).append(replace(attempt, body=None))
                    add([attempt])
                    asked = min(len(papers), asked + (attempt.items or 0))
                    report(f"fetch {source.name}", asked, len(papers))

    asyncio.run(run())
    log.gather(clock())
    gather_answers(home, source.name)
    return {day: sum_up(attempts) for day, attempts in by_day.items()}


def fetch_source_index(home: Home, settings: Settings, source: str, clock: Clock = utc_now) -> Attempt | None:
    """Fetch a source's own index into the raw store; return the attempt, or None if the source has no index address."""
    first_day = SOURCES[source].first_day
    log = open_index_log(home, source)
    held = log.find_held([first_day]).get(first_day, {})
    attempt = asyncio.run(fetch_index(SOURCES[source], settings, held, clock))
    if attempt:
        log.add(purge_attempts(home, log, [attempt], is_index=True))
        log.gather(clock())
        gather_answers(home, source)
    return attempt


@contextmanager
def log_in_batches(
    home: Home, log: FetchLog, most: int, contents: Contents, archive: Archive | None = None
) -> Generator[Callable[[Sequence[Attempt]], None]]:
    """Yield what adds attempts to the raw store and the log, without what was purged from the home.

    They are written once there are `most` of them, or many bytes, and in the end, however the body ends. In a home that
    holds the sample, real ones wait for the first paper, and are dropped if none comes.
    """
    waiting: list[Attempt] = []
    is_prepared = False

    def prepare() -> bool:
        if home.read_contents() != contents:
            if not any(attempt.items for attempt in waiting):
                return False
            home.set_contents(contents)
        if archive:
            note_archive(home, archive)
        return True

    def write() -> None:
        nonlocal is_prepared
        is_prepared = is_prepared or prepare()
        if not is_prepared:
            return
        log.add(purge_attempts(home, log, waiting))
        waiting.clear()

    def add(attempts: Sequence[Attempt]) -> None:
        waiting.extend(attempts)
        if len(waiting) >= most or sum(len(one.body or b"") for one in waiting) > BYTES_AT_ONCE:
            write()

    try:
        yield add
    finally:
        write()


def sum_up(attempts: Sequence[Attempt]) -> FetchedDay:
    """Return the result of a day from its attempts: a failure comes before news, news before `unchanged`."""
    order = [Outcome.FAILED, Outcome.INCOMPLETE, Outcome.FETCHED, Outcome.EMPTY, Outcome.UNCHANGED]
    first_page = min(attempt.page for attempt in attempts)
    first_pages = [attempt for attempt in attempts if attempt.page == first_page]
    worst = min(first_pages, key=lambda one: order.index(Outcome(one.outcome)) if one.outcome in order else 0)
    return FetchedDay(
        Outcome(worst.outcome),
        worst.reason,
        len({attempt.captured_at for attempt in attempts if attempt.size is not None}),
        sum(attempt.size or 0 for attempt in attempts),
    )


def gather_answers(home: Home, source: str, least: int = MANY) -> None:
    """Join the small files of a source's raw answers, once there are `least` of them."""
    logs = (open_log(home, source), open_index_log(home, source))
    RawStore(home.raw).gather(
        source, lambda: dict(answer for log in logs for answer in log.list_answers().items()), least
    )
