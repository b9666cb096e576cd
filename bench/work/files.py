"""Reading the lake as it lies, and as it would lie with one file a day."""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl

from bench.meter import Result, Stopwatch
from dagster_project.lake.home import Home

READ = ("entry", "author")
TIMES = 3


def files(home: str) -> list[Result]:
    """Read every value of all entries and authors with DuckDB: from the lake, and from a copy in daily files."""
    lake = Home(Path(home)).lake
    with TemporaryDirectory(dir=home) as folder:
        daily = Path(folder)
        for table in READ:
            for file in sorted((lake / table).glob("*/*.parquet")):
                _split(file, daily / table / file.parent.name)
        return [_read("the lake as it is", lake), _read("one file a day", daily)]


def _split(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for (day,), rows in pl.read_parquet(file, hive_partitioning=False).partition_by("listed_on", as_dict=True).items():
        rows.write_parquet(folder / f"{day}.parquet")


def _read(name: str, lake: Path) -> Result:
    count = sum(1 for table in READ for _ in (lake / table).glob("*/*.parquet"))
    best, rows = Stopwatch(), 0
    best.wall = float("inf")
    with duckdb.connect() as connection:
        for _ in range(TIMES):
            with Stopwatch() as watch:
                rows = sum(_scan(connection, lake / table) for table in READ)
            best = min(best, watch, key=lambda one: one.wall)
    return best.told(name, rows, "rows", files=count)


def _scan(connection: duckdb.DuckDBPyConnection, folder: Path) -> int:
    sql = f"SELECT count(*), bit_xor(hash(rows)) FROM read_parquet('{folder}/*/*.parquet') AS rows"
    return int(connection.execute(sql).fetchall()[0][0])
