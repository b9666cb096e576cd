"""The lake's tables: one Parquet file a table, source and day, replaced as a whole.

A day's `entry` file is written last and carries, in its metadata, what the day was made from and how large its
other files are: a day whose mark is not the wanted one, or whose files are not as they were written, is made again.
So a run that was ended half-way is mended by the next, and so is what a disk has lost.
"""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dagster_project.lake.files import write_parquet_atomically
from dagster_project.validate.part import SCHEMAS, Frames

MADE_FROM = "papers.made_from"
SIZES = "papers.sizes"
TABLES = tuple(SCHEMAS)


class LakeTables:
    """The tables under a lake folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, table: str, source: str, day: dt.date) -> Path:
        """Return where a day of a table lies, or would."""
        return self._folder / table / source / f"{day}.parquet"

    def made_from(self, source: str, day: dt.date) -> str | None:
        """Return the mark of what the day's rows were made from; None when there is no day, or a torn one."""
        facts = _facts(self.path("entry", source, day))
        whole = facts.get(SIZES) == json.dumps(self._sizes(source, day))
        return facts.get(MADE_FROM) if whole else None

    def _sizes(self, source: str, day: dt.date) -> dict[str, int | None]:
        """Return how large a day's files beside `entry` are; None for a table without one."""
        paths = {table: self.path(table, source, day) for table in TABLES if table != "entry"}
        return {table: path.stat().st_size if path.exists() else None for table, path in paths.items()}

    def index_made_from(self) -> str | None:
        """Return the mark of what the rows of the digest archive's index were made from, if there are any."""
        return _facts(self._index()).get(MADE_FROM)

    def _index(self) -> Path:
        return self._folder / "index" / "digest" / "index.parquet"

    def torn_days(self) -> list[tuple[str, dt.date]]:
        """Return the days of which there is any file, but not all as they were written."""
        files = [file for table in TABLES for file in self._folder.glob(f"{table}/*/????-??-??.parquet")]
        days = {(file.parent.name, dt.date.fromisoformat(file.stem)) for file in files}
        return sorted(day for day in days if self.made_from(*day) is None)

    def drop_unreadable(self) -> None:
        """Read every file to its end, and remove what cannot be read, so that its day is made again."""
        for file in self._folder.glob("*/*/*.parquet"):
            if _rows(file) is None:
                file.unlink()
                if file.stem == self._index().stem:
                    self._index().unlink(missing_ok=True)

    def day(self, source: str, day: dt.date) -> Frames:
        """Return the rows of a day, as far as they can be read and are what is wanted now."""
        frames: Frames = {}
        for table, schema in SCHEMAS.items():
            rows = _rows(self.path(table, source, day))
            if rows is None or not schema.is_valid(rows):  # code of another time may have known other columns
                rows = pl.DataFrame(schema=pl.Schema(schema))
            frames[table] = rows
        return frames

    def replace_day(self, source: str, day: dt.date, frames: Frames, made_from: str) -> None:
        """Put the rows of a day in place of what was there; a table without rows has no file, but for `entry`."""
        for table in reversed(TABLES):
            path = self.path(table, source, day)
            frame = frames[table]
            if frame.is_empty() and table != "entry":
                path.unlink(missing_ok=True)
                continue
            facts = None
            if table == "entry":  # the others stand by now
                facts = {MADE_FROM: made_from, SIZES: json.dumps(self._sizes(source, day))}
            write_parquet_atomically(path, frame, facts)

    def replace_index(self, rows: pl.DataFrame, rejects: pl.DataFrame, made_from: str) -> None:
        """Put the rows of the digest archive's index, and its rejects, in place of what was there."""
        write_parquet_atomically(self._folder / "reject" / "digest" / "index.parquet", rejects)
        write_parquet_atomically(self._index(), rows, {MADE_FROM: made_from})


def _facts(file: Path) -> dict[str, str]:
    """Return what a file was given to carry; nothing when it is not there or torn."""
    try:
        metadata = pq.read_metadata(file).metadata or {}
    except (OSError, ValueError):
        return {}
    return {name.decode(): value.decode() for name, value in metadata.items() if name.startswith(b"papers.")}


def _rows(file: Path) -> pl.DataFrame | None:
    """Return the rows of a file; None when it is not there, or cannot be read to its end."""
    try:
        return cast("pl.DataFrame", pl.from_arrow(pq.ParquetFile(file).read()))
    except (OSError, ValueError, pa.ArrowException):
        return None


def by_day(frames: Frames) -> Iterator[tuple[dt.date, Frames]]:
    """Part the frames of many days of one source into those of each day that has any row."""
    parts = {table: frame.partition_by("listed_on", as_dict=True) for table, frame in frames.items()}
    for day in sorted({key for of_table in parts.values() for key in of_table}):
        yield day[0], {table: of_table.get(day, frames[table].clear()) for table, of_table in parts.items()}
