"""Parses the captures that a home holds into the lake. Needs no network. How bytes are read belongs in `parse`."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

import polars as pl

from dagster_project.errors import RawMissingError
from dagster_project.lake.fetch_log import CaptureName, open_index_log
from dagster_project.lake.home import Home
from dagster_project.lake.packs import cut
from dagster_project.lake.raw import RawStore
from dagster_project.lake.tables import LakeTables
from dagster_project.parallel import Piece, Result, spread
from dagster_project.parse.day import Capture, parse_day
from dagster_project.parse.rows import Parsed
from dagster_project.pipeline.marks import (
    compute_mark,
    list_captures,
    list_stale_days,
    note_current_mark,
)
from dagster_project.progress import report
from dagster_project.sources.registry import SOURCES
from dagster_project.validate.carry_over import add_captures, carry_over
from dagster_project.validate.schemas import TABLES, Index, Reject, make_frame
from dagster_project.validate.split import Frames, list_broken_days, sort_frames, split

PARSED_TOGETHER = 128
"""The most captures of several months that are parsed together: to validate a single row takes as long as many."""
WORTH_SPREADING = 1_000
"""The number of captures to parse from which it pays to start processes."""


@dataclass(slots=True)
class ParsedDay:
    """The number of rows of a day in each table; `unchanged` if the lake held them already."""

    rows: dict[str, int] = field(default_factory=dict)
    unchanged: bool = False
    problem: str | None = None


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
    note_current_mark(home, source)
    return ended


def parse_source_index(home: Home, source: str) -> None:
    """Parse the newest index of a source into the lake, unless the lake holds it already. Needs no network."""
    index, raw, tables = SOURCES[source].index, RawStore(home.raw), LakeTables(home.lake)
    captures = open_index_log(home, source).list_captures() if index else {}
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
