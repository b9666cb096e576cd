"""The lake's tables: Parquet by table, source and period, in which the rows of a day are replaced as a whole.

A period is a day, or a month once the source has days that are long after it: few large files are faster to read, and
days whose votes still move are cheap to replace. Only the days in the lake decide which, and no clock. A period's
`entry` file is written last. Its metadata holds the mark of each day (what its rows were made from) and the sizes of
the other files. A day with an outdated mark, or with damaged files, is parsed again. So the next run repairs what a
killed run left unfinished, and what a disk has lost. How a mark is made belongs in `pipeline`.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import cast

import polars as pl
import pyarrow as pa

from dagster_project.lake.files import (
    BUILD,
    INDEX,
    REGISTRY,
    find_bucket,
    format_path,
    is_ours,
    is_period,
    open_parquet,
    read_metadata,
    write_parquet_atomically,
)
from dagster_project.sources.registry import SOURCES
from dagster_project.validate import schemas
from dagster_project.validate.carry_over import join
from dagster_project.validate.schemas import TABLES, make_frame
from dagster_project.validate.split import Frames, sort_frames

DAYS = "papers.days"
MADE_FROM = "papers.made_from"
SIZES = "papers.sizes"

SETTLED_AFTER = dt.timedelta(days=31)
"""How far the newest day must be from a month for it to be one period: its votes hardly move then."""
MONTH = len("2024-01")
PERIOD_FILES = "????-??*.parquet"
LEFT = "rows that were left"
"""The mark of a day that no capture explains."""


class LakeTables:
    """The tables under a lake folder. It caches the marks of a period until the period is written.

    A bucket is listed anew for all periods; in between, what is written and removed here changes that list.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, str], dict[dt.date, str]] = {}
        self._sizes: dict[tuple[str, str, str], int] | None = None

    def find_period(self, source: str, day: dt.date, newest: dt.date) -> str:
        """Return the period to which a day is written; `newest` is the newest day of the source."""
        month = f"{day:%Y-%m}"
        return month if is_settled(day, newest) or self._has_files(source, month) else str(day)

    def find_newest_day(self, source: str) -> dt.date:
        """Return the newest day of a source in the lake; the first of all days if there is none."""
        periods = self._list_periods_of(source)
        marked = [day for period in periods[-1:] for day in self.read_marks(source, period)]
        return max([dt.date.min, *marked, *(_find_first_day(period) for period in periods)])

    def path(self, table: str, source: str, period: str) -> Path:
        """Return the path of a table's file for a period, whether it exists or not."""
        return self._folder / table / source / f"{period}.parquet"

    def read_marks(self, source: str, period: str) -> dict[dt.date, str]:
        """Return the mark of each day of a period; empty if the period is missing or damaged."""
        if (source, period) not in self._known:
            facts = read_metadata(self.path("entry", source, period)) if self._has_entries(source, period) else {}
            whole = SIZES in facts and facts[SIZES] == json.dumps(self._read_sizes(source, period))
            marks = json.loads(facts.get(DAYS, "{}")) if whole else {}
            self._known[source, period] = {dt.date.fromisoformat(day): mark for day, mark in marks.items()}
        return self._known[source, period]

    def read_mark(self, source: str, day: dt.date) -> str | None:
        """Return the mark of a day; None if the day is missing or damaged, or is there twice and differs."""
        marks = {self.read_marks(source, period).get(day) for period in (f"{day:%Y-%m}", str(day))} - {None}
        return marks.pop() if len(marks) == 1 else None

    def read_all_marks(self) -> Iterator[tuple[str, dt.date, str]]:
        """Yield the source, date and mark of every undamaged day."""
        for source, period in self._list_periods():
            for day, mark in self.read_marks(source, period).items():
                yield source, day, mark

    def _read_sizes(self, source: str, period: str) -> dict[str, int | None]:
        """Return the sizes in bytes of a period's files other than `entry`; None for a table without a file."""
        return {table: self._read_size(table, source, period) for table in TABLES if table != "entry"}

    def _read_size(self, table: str, source: str, period: str) -> int | None:
        """Return the size of a file in bytes; None if it is missing."""
        if find_bucket(self._folder) is not None:
            return self._list_bucket().get((table, source, period))
        path = self.path(table, source, period)
        return path.stat().st_size if path.exists() else None

    def _list_bucket(self) -> dict[tuple[str, str, str], int]:
        """Return the size in bytes of each of our files in a bucket, by table, source and period."""
        if self._sizes is None:
            found = find_bucket(self._folder).find(format_path(self._folder), detail=True)
            files = {PurePosixPath(name): facts["size"] for name, facts in found.items()}
            ours = {file: size for file, size in files.items() if is_ours(file)}
            self._sizes = {(file.parts[-3], file.parts[-2], file.stem): size for file, size in ours.items()}
        return self._sizes

    def _write_file(
        self, table: str, source: str, period: str, frame: pl.DataFrame, facts: dict[str, str] | None = None
    ) -> None:
        size = write_parquet_atomically(self.path(table, source, period), frame, facts)
        if self._sizes is not None:
            self._sizes[table, source, period] = size

    def _remove_file(self, table: str, source: str, period: str) -> None:
        self.path(table, source, period).unlink(missing_ok=True)
        if self._sizes is not None:
            self._sizes.pop((table, source, period), None)

    def _list_periods(self) -> list[tuple[str, str]]:
        """Return the source and name of each period that has a file."""
        if find_bucket(self._folder) is not None:
            self._sizes = None
            found = self._list_bucket()
            return sorted({(source, name) for table, source, name in found if table in TABLES and is_period(name)})
        files = (file for table in TABLES for file in self._folder.glob(f"{table}/*/{PERIOD_FILES}"))
        return sorted({(file.parent.name, file.stem) for file in files if is_ours(file)})

    def _list_periods_of(self, source: str) -> list[str]:
        """Return the periods of a source that have an `entry` file, sorted: a month before its days."""
        return [period for of, period in self._list_periods() if of == source and self._has_entries(source, period)]

    def _has_entries(self, source: str, period: str) -> bool:
        return self._read_size("entry", source, period) is not None

    def _has_files(self, source: str, period: str) -> bool:
        return any(self._read_size(table, source, period) is not None for table in TABLES)

    def read_index_mark(self, source: str) -> str | None:
        """Return the mark of a source's index; None if the index is missing or damaged."""
        return read_metadata(self.path("index", source, INDEX)).get(MADE_FROM)

    def list_damaged(self) -> list[tuple[str, str]]:
        """Return the source and name of each period that is damaged, or a day of a month that has a file."""
        periods = self._list_periods()
        months = {period for period in periods if _is_month(period[1])}
        return [
            (source, period)
            for source, period in periods
            if not self.read_marks(source, period) or (not _is_month(period) and (source, period[:MONTH]) in months)
        ]

    def add_damaged(self, source: str, days: Iterable[dt.date]) -> set[dt.date]:
        """Return `days` and, if a file of a month of theirs is damaged, all days of that month."""
        wanted = set(days)
        for first in {day.replace(day=1) for day in wanted}:
            month = f"{first:%Y-%m}"
            there = [month] if self._has_files(source, month) else []
            if not all(self.read_marks(source, period) for period in [*there, *self._list_day_periods(source, month)]):
                wanted |= {day for ahead in range(31) if (day := first + dt.timedelta(ahead)).month == first.month}
        return wanted

    def drop_unreadable(self) -> bool:
        """Remove the files that cannot be read in full, so that they are made again; return whether there were any."""
        self._known.clear()
        self._sizes = None
        dropped = False
        for file in self._folder.glob("*/*/*.parquet"):
            if is_ours(file) and _read_rows(file) is None:
                file.unlink(missing_ok=True)
                dropped = True
                if file.stem == INDEX:  # the index and its rejects are parsed together
                    self.path("index", file.parent.name, INDEX).unlink(missing_ok=True)
        return dropped

    def read_day(self, source: str, day: dt.date) -> Frames:
        """Return the rows of a day that can be read and are valid in the current schemas."""
        of_day, of_month = (self._read_period(source, period, [day]) for period in (str(day), f"{day:%Y-%m}"))
        return join(of_day, of_month)

    def read_marked_days(self, source: str, days: Iterable[dt.date]) -> Frames | None:
        """Return the rows of some days that are undamaged by their marks; None if a file cannot be read.

        Only days that the code of now has parsed may be read so: whether the rows are valid is not asked.
        """
        by_period: dict[str, list[dt.date]] = {}
        for day in days:
            is_in_month = day in self.read_marks(source, f"{day:%Y-%m}")
            by_period.setdefault(f"{day:%Y-%m}" if is_in_month else str(day), []).append(day)
        frames = {table: [pl.DataFrame(schema=pl.Schema(schema))] for table, schema in TABLES.items()}
        for period, of_period in by_period.items():
            for table in TABLES:
                if self._read_size(table, source, period) is None:
                    continue
                rows = _read_rows(self.path(table, source, period))
                if rows is None:
                    return None
                frames[table].append(rows.filter(pl.col("listed_on").is_in(of_period)))
        return {table: pl.concat(found) for table, found in frames.items()}

    def _read_period(self, source: str, period: str, days: Iterable[dt.date]) -> Frames:
        """Return the readable rows of some days of a period."""
        frames: Frames = {}
        for table, schema in TABLES.items():
            there = self._read_size(table, source, period) is not None
            rows = _read_rows(self.path(table, source, period)) if there else None
            # An earlier release of the code may have written other columns.
            fit = pl.DataFrame(schema=pl.Schema(schema)) if rows is None or not schema.is_valid(rows) else rows
            frames[table] = fit.filter(pl.col("listed_on").is_in(list(days)))
        return frames

    def replace(
        self, source: str, made_from: Mapping[dt.date, str], frames: Frames, newest: dt.date = dt.date.min
    ) -> None:
        """Replace the rows of some days.

        `made_from` holds the mark of each day, also of days without rows; `frames` holds the rows of all days. A table
        without rows in a period has no file, except `entry`. `newest` is the newest day of the source, if it is later.
        """
        newest = max(newest, *made_from)
        by_period: dict[str, dict[dt.date, str]] = {}
        for day, mark in made_from.items():
            by_period.setdefault(self.find_period(source, day, newest), {})[day] = mark
        for period, of_period in by_period.items():
            rows = {table: frame.filter(pl.col("listed_on").is_in(list(of_period))) for table, frame in frames.items()}
            if _is_month(period):
                self._replace_in_month(source, period, of_period, rows)
            else:
                self._write(source, period, of_period, rows)

    def _replace_in_month(self, source: str, month: str, marks: dict[dt.date, str], new: Frames) -> None:
        """Write a month with the rows of some days replaced, and merge the day files of the month into it."""
        day_periods = self._list_day_periods(source, month)
        others, rows = dict[dt.date, str](), [new]
        for period in (*day_periods, month):
            kept = {day: mark for day, mark in self.read_marks(source, period).items() if day not in marks | others}
            others |= kept
            rows += [self._read_period(source, period, kept)] if kept else []
        if others:
            new = sort_frames({table: pl.concat([frames[table] for frames in rows]) for table in new})
        self._write(source, month, others | marks, new)
        self._drop_periods(source, day_periods)

    def _write(self, source: str, period: str, marks: dict[dt.date, str], frames: Frames) -> None:
        self._known.pop((source, period), None)
        for table in reversed([table for table in TABLES if table != "entry"]):
            if not frames[table].is_empty():
                self._write_file(table, source, period, frames[table])
            elif self._read_size(table, source, period) is not None:
                self._remove_file(table, source, period)
        days = {str(day): mark for day, mark in sorted(marks.items())}
        facts = {DAYS: json.dumps(days), SIZES: json.dumps(self._read_sizes(source, period))}
        self._write_file("entry", source, period, frames["entry"], facts)

    def _list_day_periods(self, source: str, month: str) -> list[str]:
        """Return the days of a month that have files of their own."""
        if find_bucket(self._folder) is not None:
            found = {period for _, of, period in self._list_bucket() if of == source}
            return sorted(period for period in found if is_period(period) and period.startswith(f"{month}-"))
        files = (file for table in TABLES for file in (self._folder / table / source).glob(f"{month}-??.parquet"))
        return sorted({file.stem for file in files if is_ours(file)})

    def _drop_periods(self, source: str, periods: Iterable[str]) -> None:
        for period in periods:
            self._known.pop((source, period), None)
            for table in TABLES:
                if self._read_size(table, source, period) is not None:
                    self._remove_file(table, source, period)

    def compact(self, source: str) -> None:
        """Merge the day files of each month that is settled, or that has a file, into one period. No row changes.

        A month waits if a file of it is damaged or if a day is there twice and differs: its days are parsed again
        first.
        """
        days = [period for period in self._list_periods_of(source) if not _is_month(period)]
        newest = self.find_newest_day(source) if days else dt.date.min
        for month in sorted({day[:MONTH] for day in days}):
            first = _find_first_day(month)
            if self.find_period(source, first, newest) != month:
                continue
            periods = [*self._list_day_periods(source, month), *([month] if self._has_files(source, month) else [])]
            marks = [self.read_marks(source, period) for period in periods]
            if all(marks) and all(self.read_mark(source, day) for of_period in marks for day in of_period):
                nothing = {table: pl.DataFrame(schema=pl.Schema(schema)) for table, schema in TABLES.items()}
                self._replace_in_month(source, month, {}, nothing)

    def keep_what_is_left(self) -> None:
        """Make each damaged period whole with those of its rows that can be read.

        This is for periods that raw bytes cannot make again: their captures are in no log, or lost. A day that is left
        gets the mark `LEFT`, so that it is parsed again once there are captures.
        """
        for source, month in sorted({(source, period[:MONTH]) for source, period in self.list_damaged()}):
            periods = [*self._list_day_periods(source, month), month]
            known = {day: mark for period in periods for day, mark in self.read_marks(source, period).items()}
            held = [_read_rows(self.path("entry", source, period)) for period in periods]
            left = {day for rows in held if rows is not None for day in rows["listed_on"]}
            marks = {day: self.read_mark(source, day) or LEFT for day in left | set(known)}
            frames = [self.read_day(source, day) for day in sorted(marks)]
            nothing = {table: pl.DataFrame(schema=pl.Schema(schema)) for table, schema in TABLES.items()}
            rows = {table: pl.concat([nothing[table], *(of_day[table] for of_day in frames)]) for table in TABLES}
            self._write(source, month, marks, sort_frames(rows))
            self._drop_periods(source, periods[:-1])

    def replace_index(self, source: str, rows: pl.DataFrame, rejects: pl.DataFrame, made_from: str) -> None:
        """Replace the rows and rejects of a source's index; `made_from` is its mark."""
        write_parquet_atomically(self.path("reject", source, INDEX), rejects)
        write_parquet_atomically(self.path("index", source, INDEX), rows, {MADE_FROM: made_from})

    def write_sources(self) -> None:
        """Write the registry's sources as a table for SQL, unless it is up to date."""
        rows = [source.describe() for source in SOURCES.values()]
        path, mark = self.path("source", "all", REGISTRY), repr(rows)
        if read_metadata(path).get(MADE_FROM) != mark:
            write_parquet_atomically(path, make_frame(schemas.Source, rows), {MADE_FROM: mark})

    def write_build(self, built_at: dt.datetime) -> None:
        """Write the time of a build (UTC) as a table for SQL."""
        write_parquet_atomically(self.path("build", "all", BUILD), make_frame(schemas.Build, [(built_at,)]))


def is_settled(day: dt.date, newest: dt.date) -> bool:
    """Return whether the month of `day` is long past for a source whose newest day is `newest`."""
    next_month = (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
    return next_month + SETTLED_AFTER <= newest


def _is_month(period: str) -> bool:
    return len(period) == MONTH


def _find_first_day(period: str) -> dt.date:
    return dt.date.fromisoformat(f"{period}-01" if _is_month(period) else period)


def _read_rows(file: Path) -> pl.DataFrame | None:
    """Return the rows of a file; None if it is missing or cannot be read in full."""
    try:
        return cast("pl.DataFrame", pl.from_arrow(open_parquet(file).read()))
    except (OSError, ValueError, pa.ArrowException):
        return None
