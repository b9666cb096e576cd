"""The lake's tables: Parquet by table, source and period, in which the rows of a day are replaced as a whole.

A period is a day, or a month once it is long past: few large files are faster to read, and days whose votes still move
are cheap to replace. A period's `entry` file is written last. Its metadata holds the mark of each day (what its rows
were made from) and the sizes of the other files. A day with an outdated mark, or with damaged files, is parsed again.
So the next run repairs what a killed run left unfinished, and what a disk has lost. How a mark is made belongs in
`pipeline`.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.clock import Clock, utc_now
from dagster_project.lake.files import find_bucket, format_path, read_metadata, write_parquet_atomically
from dagster_project.sources.registry import SOURCES
from dagster_project.validate import schemas
from dagster_project.validate.schemas import TABLES, make_frame
from dagster_project.validate.split import Frames, sort_frames

DAYS = "papers.days"
MADE_FROM = "papers.made_from"
SIZES = "papers.sizes"

SETTLED_AFTER = dt.timedelta(days=31)
"""The time after its end at which a month becomes one period: its votes hardly move then, so it is rarely written."""
MONTH = len("2024-01")
DAY_FILES = "????-??-??.parquet"
MONTH_FILES = "????-??.parquet"
INDEX = "index"
"""The name of the files of a source's index and of its rejects."""


class LakeTables:
    """The tables under a lake folder. It caches the marks and sizes of a period until the period is written."""

    def __init__(self, folder: Path, clock: Clock = utc_now) -> None:
        self._folder = folder
        self._clock = clock
        self._known: dict[tuple[str, str], dict[dt.date, str]] = {}
        self._listed: dict[tuple[str, str], dict[str, int]] = {}

    def period(self, day: dt.date) -> str:
        """Return the period to which a day is written: `2024-01` or `2024-01-25`."""
        next_month = (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
        return f"{day:%Y-%m}" if next_month + SETTLED_AFTER <= self._clock().date() else str(day)

    def path(self, table: str, source: str, period: str) -> Path:
        """Return the path of a table's file for a period, whether it exists or not."""
        return self._folder / table / source / f"{period}.parquet"

    def read_marks(self, source: str, period: str) -> dict[dt.date, str]:
        """Return the mark of each day of a period; empty if the period is missing or damaged."""
        if (source, period) not in self._known:
            there = self._read_size("entry", source, period) is not None
            facts = read_metadata(self.path("entry", source, period)) if there else {}
            whole = facts.get(SIZES) == json.dumps(self._read_sizes(source, period))
            marks = json.loads(facts.get(DAYS, "{}")) if whole else {}
            self._known[source, period] = {dt.date.fromisoformat(day): mark for day, mark in marks.items()}
        return self._known[source, period]

    def read_mark(self, source: str, day: dt.date) -> str | None:
        """Return the mark of a day; None if the day is missing or damaged."""
        return self.read_marks(source, f"{day:%Y-%m}").get(day) or self.read_marks(source, str(day)).get(day)

    def read_all_marks(self) -> Iterator[tuple[str, dt.date, str]]:
        """Yield the source, date and mark of every undamaged day."""
        for source, period in self._list_periods():
            for day, mark in self.read_marks(source, period).items():
                yield source, day, mark

    def _read_sizes(self, source: str, period: str) -> dict[str, int | None]:
        """Return the sizes in bytes of a period's files other than `entry`; None for a table without a file."""
        return {table: self._read_size(table, source, period) for table in TABLES if table != "entry"}

    def _read_size(self, table: str, source: str, period: str) -> int | None:
        """Return the size of a file in bytes; None if it is missing. In a bucket, a month is listed at once."""
        path = self.path(table, source, period)
        bucket, month = find_bucket(self._folder), (source, period[:MONTH])
        if bucket is None:
            return path.stat().st_size if path.exists() else None
        if month not in self._listed:
            folders = [format_path(self._folder / each / source) for each in TABLES]
            found = [bucket.find(folder, prefix=month[1], detail=True) for folder in folders]
            self._listed[month] = {name: facts["size"] for files in found for name, facts in files.items()}
        return self._listed[month].get(format_path(path))

    def _forget(self, source: str, period: str) -> None:
        """Drop the cached marks and sizes of a period, before and after it is written."""
        self._known.pop((source, period), None)
        self._listed.pop((source, period[:MONTH]), None)

    def _list_periods(self) -> list[tuple[str, str]]:
        """Return the source and name of each period that has a file."""
        if find_bucket(self._folder) is not None:
            return self._list_bucket()
        globs = [f"{table}/*/{names}" for table in TABLES for names in (DAY_FILES, MONTH_FILES)]
        return sorted({(file.parent.name, file.stem) for glob in globs for file in self._folder.glob(glob)})

    def _list_bucket(self) -> list[tuple[str, str]]:
        """Return what `_list_periods` does, for a bucket; list all its files at once."""
        periods = set[tuple[str, str]]()
        self._listed = {}
        for name, facts in find_bucket(self._folder).find(format_path(self._folder), detail=True).items():
            file = PurePosixPath(name)
            if file.parts[-3] in TABLES and file.match("????-??*.parquet"):
                periods.add((file.parent.name, file.stem))
                self._listed.setdefault((file.parent.name, file.stem[:MONTH]), {})[name] = facts["size"]
        return sorted(periods)

    def read_index_mark(self, source: str) -> str | None:
        """Return the mark of a source's index; None if the index is missing or damaged."""
        return read_metadata(self.path("index", source, INDEX)).get(MADE_FROM)

    def list_damaged(self) -> list[tuple[str, str]]:
        """Return the source and name of each damaged period."""
        return [period for period in self._list_periods() if not self.read_marks(*period)]

    def add_damaged(self, source: str, days: Iterable[dt.date]) -> set[dt.date]:
        """Return `days` and, if a file of a month of theirs is damaged, all days of that month."""
        wanted = set(days)
        for first in {day.replace(day=1) for day in wanted}:
            month = f"{first:%Y-%m}"
            there = [month] if any(self._read_size(table, source, month) is not None for table in TABLES) else []
            if not all(self.read_marks(source, period) for period in [*there, *self._list_day_periods(source, month)]):
                wanted |= {day for ahead in range(31) if (day := first + dt.timedelta(ahead)).month == first.month}
        return wanted

    def drop_unreadable(self) -> bool:
        """Remove the files that cannot be read in full, so that they are made again; return whether there were any."""
        self._known.clear()
        self._listed.clear()
        dropped = False
        for file in self._folder.glob("*/*/*.parquet"):
            if _read_rows(file) is None:
                file.unlink(missing_ok=True)
                dropped = True
                if file.stem == INDEX:  # the index and its rejects are parsed together
                    self.path("index", file.parent.name, INDEX).unlink(missing_ok=True)
        return dropped

    def read_day(self, source: str, day: dt.date) -> Frames:
        """Return the rows of a day that can be read and are valid in the current schemas."""
        return self._read_periods(source, [f"{day:%Y-%m}", str(day)], only=day)

    def _read_periods(self, source: str, periods: Iterable[str], only: dt.date | None = None) -> Frames:
        """Return the readable rows of some periods, or of one of their days."""
        frames: Frames = {}
        for table, schema in TABLES.items():
            found = [rows for period in periods if (rows := _read_rows(self.path(table, source, period))) is not None]
            # An earlier release of the code may have written other columns.
            fit = [rows for rows in found if schema.is_valid(rows)]
            rows = pl.concat([pl.DataFrame(schema=pl.Schema(schema)), *fit])
            frames[table] = rows if only is None else rows.filter(pl.col("listed_on") == only)
        return frames

    def replace(self, source: str, made_from: Mapping[dt.date, str], frames: Frames) -> None:
        """Replace the rows of some days of one month.

        `made_from` holds the mark of each day, also of days without rows; `frames` holds the rows of all days. A table
        without rows in a period has no file, except `entry`.
        """
        by_period: dict[str, dict[dt.date, str]] = {}
        for day, mark in made_from.items():
            by_period.setdefault(self.period(day), {})[day] = mark
        for period, of_period in by_period.items():
            rows = {table: frame.filter(pl.col("listed_on").is_in(list(of_period))) for table, frame in frames.items()}
            if _is_month(period):
                self._replace_in_month(source, period, of_period, rows)
            else:
                self._write(source, period, of_period, rows)

    def _replace_in_month(self, source: str, month: str, marks: dict[dt.date, str], new: Frames) -> None:
        """Write a month with the rows of some days replaced, and merge the day files of the month into it."""
        periods = [month, *self._list_day_periods(source, month)]
        others = {day: mark for period in periods for day, mark in self.read_marks(source, period).items()}
        others = {day: mark for day, mark in others.items() if day not in marks}
        if others:
            kept = self._read_periods(source, periods)
            stay = pl.col("listed_on").is_in(list(others))
            new = sort_frames({table: pl.concat([rows, kept[table].filter(stay)]) for table, rows in new.items()})
        self._write(source, month, others | marks, new)
        self._drop_periods(source, periods[1:])

    def _write(self, source: str, period: str, marks: dict[dt.date, str], frames: Frames) -> None:
        self._forget(source, period)
        for table in reversed(TABLES):
            path = self.path(table, source, period)
            frame = frames[table]
            if frame.is_empty() and table != "entry":
                if self._read_size(table, source, period) is not None:
                    path.unlink(missing_ok=True)
                continue
            facts = None
            if table == "entry":  # the other files are written by now
                self._forget(source, period)
                days = {str(day): mark for day, mark in sorted(marks.items())}
                facts = {DAYS: json.dumps(days), SIZES: json.dumps(self._read_sizes(source, period))}
            write_parquet_atomically(path, frame, facts)
        self._forget(source, period)

    def _list_day_periods(self, source: str, month: str) -> list[str]:
        """Return the days of a month that have files of their own."""
        if find_bucket(self._folder) is not None:
            days = [f"{month}-{day:02}" for day in range(1, 32)]
            return [day for day in days if any(self._read_size(table, source, day) is not None for table in TABLES)]
        files = (file for table in TABLES for file in (self._folder / table / source).glob(f"{month}-??.parquet"))
        return sorted({file.stem for file in files})

    def _drop_periods(self, source: str, periods: Iterable[str]) -> None:
        for period in periods:
            there = [table for table in TABLES if self._read_size(table, source, period) is not None]
            self._forget(source, period)
            for table in there:
                self.path(table, source, period).unlink(missing_ok=True)

    def compact(self, source: str) -> None:
        """Merge the day files of each month that is long past into one period. No row changes."""
        days = [dt.date.fromisoformat(file.stem) for file in (self._folder / "entry" / source).glob(DAY_FILES)]
        for month in sorted({period for day in days if (period := self.period(day)) != str(day)}):
            if all(
                self.read_marks(source, day) for day in self._list_day_periods(source, month)
            ):  # damaged days are parsed again first
                nothing = {table: pl.DataFrame(schema=pl.Schema(schema)) for table, schema in TABLES.items()}
                self._replace_in_month(source, month, {}, nothing)

    def finish_compacting(self) -> None:
        """Finish the merges that a killed run began: drop the day files, or the month's files if they are damaged."""
        for source, period in self._list_periods():
            days = self._list_day_periods(source, period) if _is_month(period) else []
            if days:
                self._drop_periods(source, days if self.read_marks(source, period) else [period])

    def replace_index(self, source: str, rows: pl.DataFrame, rejects: pl.DataFrame, made_from: str) -> None:
        """Replace the rows and rejects of a source's index; `made_from` is its mark."""
        write_parquet_atomically(self.path("reject", source, INDEX), rejects)
        write_parquet_atomically(self.path("index", source, INDEX), rows, {MADE_FROM: made_from})

    def write_sources(self) -> None:
        """Write the registry's sources as a table for SQL, unless it is up to date."""
        rows = [source.describe() for source in SOURCES.values()]
        path, mark = self.path("source", "all", "registry"), repr(rows)
        if read_metadata(path).get(MADE_FROM) != mark:
            write_parquet_atomically(path, make_frame(schemas.Source, rows), {MADE_FROM: mark})

    def write_build(self, built_at: dt.datetime) -> None:
        """Write the time of a build (UTC) as a table for SQL."""
        write_parquet_atomically(self.path("build", "all", "newest"), make_frame(schemas.Build, [(built_at,)]))


def _is_month(period: str) -> bool:
    return len(period) == MONTH


def _read_rows(file: Path) -> pl.DataFrame | None:
    """Return the rows of a file; None if it is missing or cannot be read in full."""
    try:
        return cast(
            "pl.DataFrame", pl.from_arrow(pq.ParquetFile(format_path(file), filesystem=find_bucket(file)).read())
        )
    except (OSError, ValueError, pa.ArrowException):
        return None
