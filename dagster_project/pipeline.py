"""The steps from a source to a release, without Dagster: `fetch`, `parse` and `publish`.

Each step connects packages that do not know each other. How a day is fetched, parsed and stored belongs in those
packages; which steps a build runs belongs in `build`.
"""

import asyncio
import datetime as dt
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import groupby
from pathlib import Path

import polars as pl

from dagster_project.clock import Clock, utc_now
from dagster_project.config import PACKAGE, Settings
from dagster_project.errors import HistoryError, ModelError, RawMissingError, ReleaseError
from dagster_project.lake.archive_list import note_archive
from dagster_project.lake.exclusions import complete_exclusions, read_exclusions
from dagster_project.lake.fetch_log import CaptureName, FetchLog
from dagster_project.lake.files import add_columns, list_parquet, scan, write_atomically
from dagster_project.lake.home import Contents, Home
from dagster_project.lake.last_build import note_failure, note_success
from dagster_project.lake.packs import cut
from dagster_project.lake.purge import purge_attempts, read_purged, remove_clones
from dagster_project.lake.raw import MANY, RawStore
from dagster_project.lake.tables import LakeTables
from dagster_project.parallel import Piece, Result, spread
from dagster_project.parse.day import Capture, parse_day
from dagster_project.parse.rows import OWN, Parsed
from dagster_project.progress import report
from dagster_project.publish.release import Release, prune
from dagster_project.publish.release import publish as publish_lake
from dagster_project.sources.archives import LATER, Archive, HistoryReader, make_git_variables
from dagster_project.sources.attempt import ANSWERS, Attempt, Outcome, TimeBasis
from dagster_project.sources.fetch import fetch_days, fetch_index
from dagster_project.sources.fetch import fetch_papers as fetch_papers_of
from dagster_project.sources.git import update_clone
from dagster_project.sources.registry import SOURCES
from dagster_project.sources.source import Source
from dagster_project.validate.carry_over import add_captures, carry_over
from dagster_project.validate.schemas import TABLES, Index, Reject, make_frame
from dagster_project.validate.split import Frames, list_broken_days, sort_frames, split

CAPTURES_AT_ONCE = 512
DAYS_AT_ONCE = 64
BYTES_AT_ONCE = 64 * 1024**2
"""Captures of an archive, days of a source, and bytes of responses, that are collected before they are written: this
bounds memory and avoids small writes."""
PARSED_TOGETHER = 128
"""The most captures of several months that are parsed together: to validate a single row takes as long as many."""
WORTH_SPREADING = 1_000
"""The number of captures to parse from which it pays to start processes."""


@dataclass(frozen=True, slots=True)
class FetchedDay:
    """The result of fetching a day: outcome and reason of its worst attempt, captures and bytes received."""

    outcome: Outcome
    reason: str | None
    captures: int
    size: int


@dataclass(slots=True)
class ParsedDay:
    """The number of rows of a day in each table; `unchanged` if the lake held them already."""

    rows: dict[str, int] = field(default_factory=dict)
    unchanged: bool = False
    problem: str | None = None


@contextmanager
def lock_for_writing(home: Home) -> Generator[None]:
    """Hold the home's lock while the body runs; first repair what a killed writer left unfinished.

    Raises:
        HomeBusyError: another process held the lock for too long.
    """
    with home.lock_for_writing() as left_half_way:
        for source in SOURCES:
            if not _has_current_mark(home, source):
                _complete_columns(home, source)
        if left_half_way:
            if read_purged(home):
                remove_clones(home)
            for source in SOURCES:
                FetchLog(home.fetch_log, source, RawStore(home.raw)).finish_gathering()
                parse(home, source)
                parse_source_index(home, source)
        yield


def _complete_columns(home: Home, source: str) -> None:
    """Add the columns that files of an older release lack: all of its captures were our own."""
    basis = TimeBasis.MEASURED if SOURCES[source].is_live else TimeBasis.ASSUMED
    values = {"time_basis": str(basis), "archive": OWN, "commit": None, "path": None}
    for folder in (home.fetch_log, home.index_log):
        FetchLog(folder, source, RawStore(home.raw)).add_columns(values)
    for table, schema in TABLES.items():
        for file in list_parquet(home.lake / table, source):
            unknown = {name: None for name, column in schema.columns().items() if column.nullable}
            add_columns(file, pl.Schema(schema), unknown | {"archive": OWN})
    complete_exclusions(home)


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
    log = FetchLog(home.fetch_log, source, RawStore(home.raw))
    held = log.find_held(days)
    if refetch:
        held = {day: {url: one.without_conditions() for url, one in urls.items()} for day, urls in held.items()}
    ended: dict[dt.date, FetchedDay] = {}

    async def run() -> None:
        with _log_in_batches(home, log, DAYS_AT_ONCE, contents) as add:
            async with aclosing(fetch_days(SOURCES[source], days, settings, held, clock)) as fetched:
                async for attempts in fetched:
                    ended[attempts[0].date] = _sum_up(attempts)
                    add(attempts)
                    report(f"fetch {source}", len(ended), len(days))

    asyncio.run(run())
    log.gather(clock())
    _gather_answers(home, source)
    return ended


def _gather_answers(home: Home, source: str, least: int = MANY) -> None:
    """Join the small files of a source's raw answers, once there are `least` of them."""
    raw = RawStore(home.raw)
    logs = [FetchLog(folder, source, raw) for folder in (home.fetch_log, home.index_log)]
    raw.gather(source, lambda: dict(answer for log in logs for answer in log.list_answers().items()), least)


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
        log = FetchLog(home.fetch_log, source.name, RawStore(home.raw))
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
    log = FetchLog(home.fetch_log, source.name, RawStore(home.raw))
    held = {url: one for urls in log.find_held(None).values() for url, one in urls.items()}
    by_day, asked = dict[dt.date, list[Attempt]](), 0

    async def run() -> None:
        nonlocal asked
        with _log_in_batches(home, log, 1, contents) as add:
            async with aclosing(fetch_papers_of(source, papers, settings, held, clock)) as fetched:
                async for attempt in fetched:
                    by_day.setdefault(attempt.date, []).append(replace(attempt, body=None))
                    add([attempt])
                    asked = min(len(papers), asked + (attempt.items or 0))
                    report(f"fetch {source.name}", asked, len(papers))

    asyncio.run(run())
    log.gather(clock())
    _gather_answers(home, source.name)
    return {day: _sum_up(attempts) for day, attempts in by_day.items()}


@contextmanager
def _log_in_batches(
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
    log = FetchLog(home.fetch_log, archive.format, RawStore(home.raw))
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
            with _log_in_batches(home, log, CAPTURES_AT_ONCE, contents, archive) as add:
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
        _gather_answers(home, archive.format)
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
        done.days = {day: _sum_up(attempts) for day, attempts in by_day.items()}


def _sum_up(attempts: Sequence[Attempt]) -> FetchedDay:
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


def fetch_source_index(home: Home, settings: Settings, source: str, clock: Clock = utc_now) -> Attempt | None:
    """Fetch a source's own index into the raw store; return the attempt, or None if the source has no index address."""
    first_day = SOURCES[source].first_day
    log = FetchLog(home.index_log, source, RawStore(home.raw))
    held = log.find_held([first_day]).get(first_day, {})
    attempt = asyncio.run(fetch_index(SOURCES[source], settings, held, clock))
    if attempt:
        log.add(purge_attempts(home, log, [attempt], is_index=True))
        log.gather(clock())
        _gather_answers(home, source)
    return attempt


def parse_source_index(home: Home, source: str) -> None:
    """Parse the newest index of a source into the lake, unless the lake holds it already. Needs no network."""
    index, raw, tables = SOURCES[source].index, RawStore(home.raw), LakeTables(home.lake)
    captures = FetchLog(home.index_log, source, raw).list_captures() if index else {}
    newest = captures.get(SOURCES[source].first_day, [])[-1:]
    if index is None or not newest or tables.read_index_mark(source) == compute_mark(newest):
        return
    [body] = [raw.get(page) for page in newest[0].pages]
    rows, rejects = index.parse(source, body, newest[0].captured_at)
    tables.replace_index(
        source,
        Index.validate(make_frame(Index, rows)),
        Reject.validate(make_frame(Reject, rejects)),
        compute_mark(newest),
    )


@cache
def hash_parsing_code() -> str:
    """Return a hash of the code that parses bytes into rows. Days that other code parsed are parsed again."""
    code = hashlib.sha256()
    for file in (PACKAGE / "columns.py", *sorted(PACKAGE.glob("parse/*.py")), *sorted(PACKAGE.glob("validate/*.py"))):
        code.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return code.hexdigest()


def compute_mark(captures: Iterable[CaptureName]) -> str:
    """Return the mark of a day's rows: a hash of the captures' names and of the code that parses them."""
    names = [f"{one.captured_at.isoformat()} {one.archive} {' '.join(one.pages)}" for one in captures]
    return hashlib.sha256("\n".join([hash_parsing_code(), *names]).encode()).hexdigest()


def list_stale_days(home: Home, source: str, days: Sequence[dt.date] | None = None) -> dict[dt.date, list[CaptureName]]:
    """Return the captures of each stale day: one whose rows the lake lacks, or that other captures or code made.

    `days` limits the search, unless the parsing code has changed since it last parsed all days.
    """
    tables = LakeTables(home.lake)
    if days is not None:
        days = sorted(tables.add_damaged(source, days)) if _has_current_mark(home, source) else None
    captures = list_captures(home, source, days)
    return {
        day: captures[day] for day in sorted(captures) if tables.read_mark(source, day) != compute_mark(captures[day])
    }


def _find_mark(home: Home, source: str) -> Path:
    """Return the file that holds the hash of the code that last parsed all days of a source."""
    return home.lake / f"{source}.read_by"


def _has_current_mark(home: Home, source: str) -> bool:
    mark = _find_mark(home, source)
    return mark.exists() and mark.read_text() == hash_parsing_code()


def list_captures(home: Home, source: str, days: Sequence[dt.date] | None = None) -> dict[dt.date, list[CaptureName]]:
    """Return the captures of each of `days`, or of all days; a day without captures is left out."""
    return FetchLog(home.fetch_log, source, RawStore(home.raw)).list_captures(days)


def parse(
    home: Home,
    source: str,
    days: Sequence[dt.date] | None = None,
    *,
    again: bool = False,
    processes: int = 1,
    spark_master: str | None = None,
) -> dict[dt.date, ParsedDay]:
    """Parse the captures of `days`, or of all days, into the lake, unless it holds their rows already.

    Returns the result of each of `days`, and of each further day that was parsed.

    Needs no network. With `again` it parses days even if the lake seems to hold them, which repairs damaged files. The
    days of some months are parsed together; many are spread over `processes`, or over Spark if a master is named.
    """
    stale = list_captures(home, source, days) if again else list_stale_days(home, source, days)
    ended = {day: ParsedDay(unchanged=True) for day in days or ()}
    newest = max([LakeTables(home.lake).find_newest_day(source), *stale]) if stale else dt.date.min
    read = partial(_parse_months, home, source, newest, again=again)
    done = 0
    many = sum(map(len, stale.values())) >= WORTH_SPREADING
    for of_months in _spread(read, _group_months(stale), processes if many else 1, spark_master if many else None):
        ended |= of_months
        done += len(of_months)
        report(f"parse {source}", done, len(stale))
    LakeTables(home.lake).compact(source)
    if not _has_current_mark(home, source):
        write_atomically(_find_mark(home, source), lambda file: file.write(hash_parsing_code().encode()))
    return ended


def _group_months(captures: Mapping[dt.date, list[CaptureName]]) -> Iterator[dict[dt.date, list[CaptureName]]]:
    """Yield the captures of days in groups of whole months."""
    months = ([*days] for _, days in groupby(sorted(captures), key=lambda day: day.replace(day=1)))
    for group in cut(months, PARSED_TOGETHER, lambda days: sum(len(captures[day]) for day in days)):
        yield {day: captures[day] for days in group for day in days}


def _spread(
    work: Callable[[Piece], Result], pieces: Iterable[Piece], processes: int, spark_master: str | None
) -> Iterator[Result]:
    if spark_master is None:
        return spread(work, pieces, processes)
    from dagster_project.models.engines import spark_session  # a heavy import, and an extra

    return spark_session.spread(work, pieces, spark_master)


def _parse_months(
    home: Home, source: str, newest: dt.date, captures: dict[dt.date, list[CaptureName]], *, again: bool
) -> dict[dt.date, ParsedDay]:
    """Parse days of some months, and replace their rows in the lake; return the result of each day.

    `newest` is the newest day of the source, in the lake or among those that are parsed now. Without `again`, the
    captures whose rows the lake holds are not parsed.
    """
    added = {} if again else _parse_later_captures(home, source, newest, captures)
    whole = {day: names for day, names in captures.items() if day not in added}
    return added | _parse_whole_days(home, source, newest, whole, again=again)


def _parse_later_captures(
    home: Home, source: str, newest: dt.date, captures: dict[dt.date, list[CaptureName]]
) -> dict[dt.date, ParsedDay]:
    """Parse the captures that came after those of which the lake holds the rows; return the result of each day.

    Left out are days of which this might not make the rows that all captures together would: those with a capture
    whose bytes are lost, with an earlier capture that came in later, or with rows that broke a rule of their table.
    """
    raw, tables = RawStore(home.raw), LakeTables(home.lake)
    later = {day: _list_later(names, tables.read_mark(source, day)) for day, names in captures.items()}
    there = raw.list_held() if any(later.values()) else set[str]()
    bodies = dict(raw.read({page for names in later.values() for name in names for page in name.pages}))
    rows, days = Parsed(), list[dt.date]()
    for day, names in later.items():
        answers, lost = _load_captures(bodies, names)
        if answers and not lost and there.issuperset(page for name in captures[day] for page in name.pages):
            days.append(day)
            rows.extend(parse_day(SOURCES[source].parse, source, day, list(answers.values())))
    held = tables.read_marked_days(source, days) if days else None
    if held is None:
        return {}
    frames = split(rows)
    broken = list_broken_days(frames["reject"]) | list_broken_days(held["reject"])
    marks = {day: compute_mark(captures[day]) for day in days if day not in broken}
    of_days = pl.col("listed_on").is_in(list(marks))
    frames = {table: frame.filter(of_days) for table, frame in add_captures(frames, held).items()}
    return _replace_days(tables, source, marks, sort_frames(frames), newest)


def _list_later(names: list[CaptureName], mark: str | None) -> list[CaptureName]:
    """Return the captures of a day that came after those of the mark; none if the mark is of other captures or code."""
    for held in range(len(names) - 1, 0, -1):
        if compute_mark(names[:held]) == mark:
            return names[held:] if names[held - 1].captured_at < names[held].captured_at else []
    return []


def _parse_whole_days(
    home: Home, source: str, newest: dt.date, captures: dict[dt.date, list[CaptureName]], *, again: bool
) -> dict[dt.date, ParsedDay]:
    """Parse all captures of some days; return the result of each day.

    If a day has lost captures, the others are parsed, and the rows that the lake holds of the lost ones stay.
    """
    raw, tables = RawStore(home.raw), LakeTables(home.lake)
    found, ended, marks = dict[dt.date, list[Capture]](), dict[dt.date, ParsedDay](), dict[dt.date, str]()
    losses = dict[dt.date, dict[tuple[dt.datetime, str], str]]()
    problems = dict[dt.date, str]()
    bodies = dict(raw.read({page for names in captures.values() for name in names for page in name.pages}))
    for day, names in captures.items():
        answers, lost = _load_captures(bodies, names)
        mark = compute_mark(answers) + (f" without {compute_mark(lost)}" if lost else "")
        if lost:
            problems[day] = "; ".join(lost.values())
        if not again and tables.read_mark(source, day) == mark:
            ended[day] = ParsedDay(unchanged=True, problem=problems.get(day))
            continue
        marks[day], found[day] = mark, list(answers.values())
        if lost:
            losses[day] = {(name.captured_at, name.archive): reason for name, reason in lost.items()}
    if not marks:
        return ended
    rows = Parsed()
    for day, of_day in found.items():
        rows.extend(parse_day(SOURCES[source].parse, source, day, of_day))
    frames = split(rows)
    for day, lost in losses.items():
        of_day = pl.col("listed_on") == day
        kept = {table: frame.filter(of_day) for table, frame in frames.items()}
        kept = carry_over(source, day, kept, tables.read_day(source, day), lost)
        frames = {table: pl.concat([frame.filter(~of_day), kept[table]]) for table, frame in frames.items()}
    return ended | _replace_days(tables, source, marks, sort_frames(frames) if losses else frames, newest, problems)


def _replace_days(
    tables: LakeTables,
    source: str,
    marks: Mapping[dt.date, str],
    frames: Frames,
    newest: dt.date,
    problems: Mapping[dt.date, str] | None = None,
) -> dict[dt.date, ParsedDay]:
    """Replace the rows of some days in the lake; return the result of each day."""
    ended = {day: ParsedDay(dict.fromkeys(TABLES, 0), problem=(problems or {}).get(day)) for day in marks}
    if marks:
        tables.replace(source, marks, frames, newest)
    for day, table, count in _count_rows(frames):
        ended[day].rows[table] = count
    return ended


def _count_rows(frames: Frames) -> Iterator[tuple[dt.date, str, int]]:
    """Yield the day, the table and the number of rows, for each day that has rows in the table."""
    for table, frame in frames.items():
        for day, count in frame.group_by("listed_on").len().iter_rows():
            yield day, table, count


def _load_captures(
    bodies: Mapping[str, bytes], names: Sequence[CaptureName]
) -> tuple[dict[CaptureName, Capture], dict[CaptureName, str]]:
    """Return a day's captures with their bytes, and the reason for each capture whose bytes are lost."""
    answers, lost = dict[CaptureName, Capture](), dict[CaptureName, str]()
    for name in names:
        if missing := [page for page in name.pages if page not in bodies]:
            lost[name] = str(RawMissingError(missing[0]))
        else:
            answers[name] = Capture(name.captured_at, [bodies[page] for page in name.pages], name.archive)
    return answers, lost


def repair(home: Home) -> bool:
    """Make the damaged parts of the lake again, from raw bytes; return whether anything was damaged or stale.

    What raw bytes cannot make again is kept as far as it can be read.
    """
    tables, repaired = LakeTables(home.lake), 0
    dropped = tables.drop_unreadable()
    damaged = tables.list_damaged()
    for source in SOURCES:
        ended = parse(home, source)
        repaired += sum(not parsed.unchanged for parsed in ended.values())
        parse_source_index(home, source)
    LakeTables(home.lake).keep_what_is_left()
    if damaged:
        report("parts of the lake that were damaged or there twice, made again", len(damaged), len(damaged))
    return dropped or bool(damaged) or repaired > 0


def publish(home: Home, settings: Settings, *, again: bool = False) -> Release:
    """Publish what the lake holds, and return the release in use.

    Nothing is built if the release in use was built from the same lake and SQL, unless `again`. If the build fails
    because the lake is damaged, the lake is repaired from raw bytes and the build is tried once more.

    Raises:
        BrokenReleaseError: a blocking check failed; the previous release stays in use.
        ReleaseError, ModelError: the release cannot be built; the previous one stays in use.
    """

    def once() -> Release:
        return publish_lake(
            home,
            storage_version=settings.storage_version,
            memory_limit=settings.memory_limit,
            spark_master=settings.used_spark_master,
            keep=settings.keep_releases,
            since=_find_oldest(settings, utc_now()),
            again=again,
        )

    with note_failure(home):
        try:
            release = once()
        except (ReleaseError, ModelError):
            # A damaged file can make a model fail, or a check miss rows.
            if not repair(home):
                raise
            release = once()
    note_success(home, utc_now())
    return release


def tidy(home: Home, settings: Settings, clock: Clock = utc_now) -> None:
    """Join small files of the fetch log and the lake, and remove old releases; the caller holds the home's lock."""
    for source in SOURCES:
        for folder in (home.fetch_log, home.index_log):
            FetchLog(folder, source, RawStore(home.raw)).gather(clock())
        _gather_answers(home, source, least=2)
        LakeTables(home.lake).compact(source)
    prune(home, settings.keep_releases, _find_oldest(settings, clock()))


def _find_oldest(settings: Settings, now: dt.datetime) -> dt.datetime | None:
    """Return since when a release must have been built to stay; None if its age does not matter."""
    return now - dt.timedelta(days=settings.keep_release_days) if settings.keep_release_days else None
