"""From raw bytes to Parquet: the steps by themselves, `pipeline.parse` as a whole, and the floors beneath both."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
from dagster_project.parse.batches import answers_of, parse_batches
from dagster_project.validate.part import part

from bench.meter import Result, Stopwatch, end_fork_server
from bench.sizes import Size
from dagster_project import pipeline
from dagster_project.config import load_settings
from dagster_project.lake.home import Home
from dagster_project.lake.raw import RawStore
from dagster_project.lake.tables import TABLES
from dagster_project.parse.day import Version
from dagster_project.sources.attempt import Source

DAYS_AT_ONCE = 30
"""Days that are validated together: about a month, as the program does it."""
MOST_DAYS = 36_000
"""Days that the steps are measured on one by one; of more, as many are taken, evenly spread."""
Named = dict[dt.date, list[Any]]


def _answered(home: Home, size: str) -> dict[Source, Named]:
    """Return the versions of each source's days that the home holds."""
    return {source: pipeline.answered_days(home, source, days) for source, days in Size(size).days.items()}


def _some(named: Named) -> list[tuple[dt.date, list[Any]]]:
    days = sorted(named.items())
    step = -(-len(days) // MOST_DAYS) or 1
    return days[::step]


def steps(size: str, home: str) -> list[Result]:
    """Read bytes, parse and validate in one process, each under its own watch; nothing is written."""
    place = Home(Path(home))
    read, parse, validate = Stopwatch(), Stopwatch(), Stopwatch()
    raw, entries, days = RawStore(place.raw), 0, 0
    for source, named in _answered(place, size).items():
        for batch in _batches(_some(named)):
            with read:
                answers = {
                    day: [Version(one.captured_at, [raw.get(page) for page in one.pages]) for one in names]
                    for day, names in batch
                }
            with parse:
                rows = list(parse_batches([answers_of(source, answers)]))
            with validate:
                frames = part(rows)
            entries += frames["entry"].height
            days += len(batch)
    watches = {"read raw bytes": read, "parse": parse, "validate": validate}
    return [watch.told(name, entries, "entries", days=days) for name, watch in watches.items()]


def _batches(days: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(days), DAYS_AT_ONCE):
        yield days[start : start + DAYS_AT_ONCE]


def parse(size: str, home: str) -> list[Result]:
    """Take every day of a home from raw bytes to Parquet, as a build does."""
    settings, place = load_settings(home=home), Home(Path(home))
    entries = digests = 0
    with Stopwatch() as watch:
        for source, days in Size(size).days.items():
            ended = pipeline.parse(place, source, days, processes=settings.workers)
            entries += sum(day.rows.get("entry", 0) for day in ended.values())
            digests += len(ended)
        end_fork_server()
    files = [file for table in TABLES for file in (place.lake / table).glob("*/*.parquet")]
    facts = {"digests": digests, "files": len(files), "bytes": sum(file.stat().st_size for file in files)}
    return [watch.told("raw bytes to Parquet", entries, "entries", **facts)]


def floor_read(size: str, home: str) -> list[Result]:
    """Read the same bytes from the disk, and nothing else."""
    place = Home(Path(home))
    raw, watch, read, days = RawStore(place.raw), Stopwatch(), 0, 0
    for named in _answered(place, size).values():
        days += len(named)
        files = [raw.path(page) for names in named.values() for name in names for page in name.pages]
        with watch:
            read += sum(len(file.read_bytes()) for file in files)
    return [watch.told("read the raw bytes", days, "days", bytes=read)]


def floor_write(home: str) -> list[Result]:
    """Write the lake's files once more with PyArrow, from columns that are in memory."""
    place, watch, rows, files = Home(Path(home)), Stopwatch(), 0, 0
    with TemporaryDirectory(dir=place.root) as folder:
        for table in TABLES:
            for file in sorted((place.lake / table).glob("*/*.parquet")):
                columns = pq.ParquetFile(file)
                packed = columns.metadata
                compression = packed.row_group(0).column(0).compression if packed.num_row_groups else "ZSTD"
                whole, copy = columns.read(), Path(folder) / f"{table}-{file.parent.name}-{file.name}"
                with watch:
                    pq.write_table(whole, copy, compression=compression.lower())
                copy.unlink()
                rows, files = rows + (whole.num_rows if table == "entry" else 0), files + 1
    return [watch.told("write the Parquet", rows, "entries", files=files)]
