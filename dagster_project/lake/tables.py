"""The lake's tables: one Parquet file a table, source and day, replaced as a whole.

A day's `entry` file is written last and carries, in its metadata, what it was made from: a day whose mark
is not the wanted one is made again, so a run that was ended half-way is mended by the next.
"""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from dagster_project.lake.files import write_atomically
from dagster_project.validate.part import SCHEMAS, Frames

MADE_FROM = "papers.made_from"
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
        return self._mark(self.path("entry", source, day))

    def index_made_from(self) -> str | None:
        """Return the mark of what the rows of the digest archive's index were made from, if there are any."""
        return self._mark(self._folder / "index" / "digest" / "index.parquet")

    def _mark(self, file: Path) -> str | None:
        try:
            metadata = pq.read_metadata(file).metadata or {}
        except (FileNotFoundError, OSError, ValueError):
            return None
        return metadata.get(MADE_FROM.encode(), b"").decode() or None

    def replace_day(self, source: str, day: dt.date, frames: Frames, made_from: str) -> None:
        """Put the rows of a day in place of what was there; a table without rows has no file, but for `entry`."""
        for table in reversed(TABLES):
            path = self.path(table, source, day)
            frame = frames[table]
            if frame.is_empty() and table != "entry":
                path.unlink(missing_ok=True)
                continue
            _write(path, frame, made_from if table == "entry" else None)

    def replace_index(self, rows: pl.DataFrame, rejects: pl.DataFrame, made_from: str) -> None:
        """Put the rows of the digest archive's index, and its rejects, in place of what was there."""
        _write(self._folder / "reject" / "digest" / "index.parquet", rejects)
        _write(self._folder / "index" / "digest" / "index.parquet", rows, made_from)


def _write(path: Path, frame: pl.DataFrame, made_from: str | None = None) -> None:
    metadata = {MADE_FROM: made_from} if made_from else None
    write_atomically(path, partial(frame.write_parquet, metadata=metadata))


def by_day(frames: Frames) -> Iterator[tuple[dt.date, Frames]]:
    """Part the frames of many days of one source into those of each day that has any row."""
    parts = {table: frame.partition_by("listed_on", as_dict=True) for table, frame in frames.items()}
    for day in sorted({key for of_table in parts.values() for key in of_table}):
        yield day[0], {table: of_table.get(day, frames[table].clear()) for table, of_table in parts.items()}
