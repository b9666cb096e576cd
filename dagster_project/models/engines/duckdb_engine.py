"""Runs models on DuckDB: lake tables become views, staging models become temporary tables, others become real tables.

The models and their order belong in `catalog`, the tables' columns in `contract`.
"""

import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import duckdb

from dagster_project.errors import ModelError
from dagster_project.lake.files import find_bucket, list_parquet, open_dataset
from dagster_project.models.catalog import LAKE, SLICE, SLICED, Macro, Model
from dagster_project.models.contract import Keys, Table, quote

DuckDB = duckdb.DuckDBPyConnection

ROW_GROUP = 122_880
"""Rows of a row group, DuckDB's unit of parallel work."""
PAPERS_IN_A_SLICE = 100_000
"""Papers whose words are in memory at once: about 20 million postings, or one gigabyte."""


def register_parquet(
    connection: DuckDB, name: str, folder: Path, columns: Mapping[str, str], condition: str = "TRUE"
) -> None:
    """Create the temporary view `lake_<name>` of a folder's Parquet files; `columns` maps names to SQL types.

    It holds the rows for which a condition in SQL holds. From a bucket it is a temporary table, since many models read
    it and each file should be requested once.
    """
    files = list_parquet(folder)
    if not files or find_bucket(folder) is None:
        connection.execute(make_lake_view(name, files, columns, condition))
        return
    # Arrow reads from the bucket, since DuckDB would have to download an extension.
    connection.register(f"{LAKE}{name}_files", open_dataset(files))
    connection.execute(make_lake_view(name, files, columns, condition, kind="TABLE"))
    connection.unregister(f"{LAKE}{name}_files")


def read_parquet(files: Sequence[Path]) -> str:
    """Return the FROM item that reads files. DuckDB takes a name for a pattern, so signs of patterns are escaped."""
    names = ", ".join(quote(glob.escape(str(file))) for file in files)
    return f"read_parquet([{names}], hive_partitioning = false)"


def make_lake_view(
    name: str,
    files: Sequence[Path],
    columns: Mapping[str, str],
    condition: str = "TRUE",
    kind: Literal["VIEW", "TABLE"] = "VIEW",
) -> str:
    """Return the statement that creates the view or table of `register_parquet`; without files, it is empty."""
    listing = ", ".join(f'CAST("{column}" AS {type_}) AS "{column}"' for column, type_ in columns.items())
    if files:
        rows = read_parquet(files) if find_bucket(files[0]) is None else f"{LAKE}{name}_files"
        return f"CREATE TEMP {kind} {LAKE}{name} AS SELECT {listing} FROM {rows} WHERE {condition}"
    nothing = ", ".join(f'NULL AS "{column}"' for column in columns)
    return f"CREATE TEMP {kind} {LAKE}{name} AS SELECT {listing} FROM (SELECT {nothing}) AS nothing WHERE FALSE"


def limit_threads(connection: DuckDB, rows: int) -> None:
    """Use one thread for each row group of the longest table, at most as many as before.

    DuckDB gives each thread whole row groups; threads without one only cost time.
    """
    connection.execute(f"SET threads = least(current_setting('threads'), {1 + rows // ROW_GROUP})")


def create_tables(connection: DuckDB, contract: Iterable[Table], keys: Keys = "all") -> None:
    """Create the empty published tables with some of their keys."""
    for table in contract:
        connection.execute(table.write_create(keys))


def create_macros(connection: DuckDB, macros: Iterable[Macro]) -> None:
    """Create the published functions with their comments. The tables that they read must exist.

    Raises:
        ModelError: DuckDB refused a macro; the text names it and quotes DuckDB.
    """
    for macro in macros:
        kind = "MACRO TABLE" if macro.is_table else "MACRO"
        try:
            connection.execute(macro.sql)
            connection.execute(f"COMMENT ON {kind} {macro.name} IS {quote(macro.description)}")
        except duckdb.Error as error:
            raise ModelError(f"macros.sql: {macro.name}: {str(error).splitlines()[0]}") from error


def make_slice_view(first: int, last: int) -> str:
    """Return the statement that sets the slice to the papers with numbers from `first` to `last`, both included."""
    papers = f"SELECT paper_number, paper_key, first_listed_on FROM {SLICED}"
    return f"CREATE OR REPLACE TEMP VIEW {SLICE} AS {papers} WHERE paper_number BETWEEN {first} AND {last}"


def walk_slices(connection: DuckDB) -> Iterator[None]:
    """Yield once for each slice of the papers; until the next step, the view `SLICE` holds the papers of this slice."""
    (papers,) = connection.execute(f"SELECT coalesce(max(paper_number), 0) FROM {SLICED}").fetchall()[0]
    for first in range(1, papers + 1, PAPERS_IN_A_SLICE):
        connection.execute(make_slice_view(first, first + PAPERS_IN_A_SLICE - 1))
        yield


def run_model(connection: DuckDB, model: Model) -> int:
    """Fill a model's table and return its number of rows. A staging model gets a temporary table.

    A published table must exist, with its types and constraints: a model fails here if it returns an extra column, a
    NULL in a NOT NULL column, or a repeated key.

    Raises:
        ModelError: DuckDB refused the model; the text names the model and quotes DuckDB.
        duckdb.IOException, duckdb.TransactionException: DuckDB cannot write to the disk.
    """
    try:
        if not model.is_published:
            return _run_counting(connection, f"CREATE TEMP TABLE {model.name} AS {model.sql}")
        insert = f"INSERT INTO {model.name} BY NAME {model.sql}"
        if model.by_slice:
            return sum(_run_counting(connection, insert) for _ in walk_slices(connection))
        return _run_counting(connection, insert)
    except (duckdb.IOException, duckdb.TransactionException):
        raise  # the disk is at fault, not the model
    except duckdb.Error as error:
        raise ModelError(f"{model.layer}/{model.name}.sql: {str(error).splitlines()[0]}") from error


def _run_counting(connection: DuckDB, statement: str) -> int:
    """Run a statement that writes rows, and return their number."""
    return int(connection.execute(statement).fetchall()[0][0])


@dataclass(frozen=True, slots=True)
class DuckEngine:
    """Runs every model on a connection to DuckDB; the published tables must exist."""

    connection: DuckDB

    def register(self, name: str, folder: Path, columns: Mapping[str, str], condition: str = "TRUE") -> None:
        """Create the view of a lake table."""
        register_parquet(self.connection, name, folder, columns, condition)

    def run(self, model: Model) -> int:
        """Fill a model's table and return its number of rows."""
        return run_model(self.connection, model)

    def insert(self, model: Model, rows: str) -> int:
        """Fill a model's table with the rows of another engine, and return their number; `rows` is a FROM item."""
        return run_model(self.connection, replace(model, sql=f"FROM {rows}"))

    def format_table(self, name: str) -> str:
        """Return a table's name."""
        return name
