"""Runs models on DuckDB: lake tables become views, staging models temporary tables, all others real tables.

Which models there are and in which order they run belongs in `catalog.py`, the tables' columns in `contract.py`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from dagster_project.errors import ModelError
from dagster_project.lake.files import bucket_of, dataset
from dagster_project.models.catalog import LAKE, SLICE, SLICED, Macro, Model
from dagster_project.models.contract import Table, quoted

DuckDB = duckdb.DuckDBPyConnection

PAPERS_IN_A_SLICE = 100_000
"""Papers whose words are in memory at the same time: about 20 million postings, a gigabyte."""


def register_parquet(connection: DuckDB, name: str, folder: Path, columns: Mapping[str, str]) -> None:
    """Make the Parquet files `folder/*/*.parquet` a temporary view `lake_<name>` of `columns` (name to SQL type)."""
    files = sorted(folder.glob("*/*.parquet")) if bucket_of(folder) is not None else []
    if files:
        # Arrow reads them from the bucket: DuckDB would have to download an extension for it.
        connection.register(f"{LAKE}{name}_files", dataset(files))
    connection.execute(lake_view(name, folder, columns))


def lake_view(name: str, folder: Path, columns: Mapping[str, str]) -> str:
    """Return the statement that makes the view of `register_parquet`; without any file the view is empty."""
    listing = ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in columns.items())
    if any(folder.glob("*/*.parquet")):
        glob = str(folder / "*" / "*.parquet").replace("'", "''")
        files = f"read_parquet('{glob}')" if bucket_of(folder) is None else f"{LAKE}{name}_files"
        return f"CREATE TEMP VIEW {LAKE}{name} AS SELECT {listing} FROM {files}"
    nothing = ", ".join(f'NULL AS "{column}"' for column in columns)
    return f"CREATE TEMP VIEW {LAKE}{name} AS SELECT {listing} FROM (SELECT {nothing}) AS nothing WHERE FALSE"


def create_tables(connection: DuckDB, contract: Iterable[Table], *, keyed: bool = True) -> None:
    """Create the published tables, empty. Without `keyed` they get no keys: for long tables, checks prove them."""
    for table in contract:
        connection.execute(table.create if keyed else table.create_without_keys)


def create_macros(connection: DuckDB, macros: Iterable[Macro]) -> None:
    """Create the published functions, with their comments. The tables that they read must exist."""
    for macro in macros:
        kind = "MACRO TABLE" if macro.is_table else "MACRO"
        try:
            connection.execute(macro.sql)
            connection.execute(f"COMMENT ON {kind} {macro.name} IS {quoted(macro.description)}")
        except duckdb.Error as error:
            raise ModelError(f"macros.sql: {macro.name}: {str(error).splitlines()[0]}") from error


def slice_view(first: int, last: int) -> str:
    """Return the statement that makes the slice hold the papers from one number to another."""
    papers = f"SELECT paper_number, paper_key, first_listed_on FROM {SLICED}"
    return f"CREATE OR REPLACE TEMP VIEW {SLICE} AS {papers} WHERE paper_number BETWEEN {first} AND {last}"


def slices(connection: DuckDB) -> Iterator[None]:
    """Move the slice over all papers, some at a time: what runs between two steps sees only the papers of the slice."""
    (papers,) = connection.execute(f"SELECT coalesce(max(paper_number), 0) FROM {SLICED}").fetchall()[0]
    for first in range(1, papers + 1, PAPERS_IN_A_SLICE):
        connection.execute(slice_view(first, first + PAPERS_IN_A_SLICE - 1))
        yield


def run_model(connection: DuckDB, model: Model) -> int:
    """Fill a model's table, or the temporary one of a staging model, and return its number of rows.

    Published tables exist already, with their types and constraints: a model that returns a column too many or too
    few, a NULL or a key twice fails here.

    Raises:
        ModelError: DuckDB refused it; the text names the model and quotes DuckDB.
    """
    try:
        if not model.is_published:
            return _run_counting(connection, f"CREATE TEMP TABLE {model.name} AS {model.sql}")
        insert = f"INSERT INTO {model.name} BY NAME {model.sql}"
        if model.by_slice:
            return sum(_run_counting(connection, insert) for _ in slices(connection))
        return _run_counting(connection, insert)
    except (duckdb.IOException, duckdb.TransactionException):
        raise  # the disk is at fault, not the model: it could not be written to
    except duckdb.Error as error:
        raise ModelError(f"{model.layer}/{model.name}.sql: {str(error).splitlines()[0]}") from error


def _run_counting(connection: DuckDB, statement: str) -> int:
    """Run a statement that writes rows, and return how many it wrote."""
    return int(connection.execute(statement).fetchall()[0][0])


@dataclass(frozen=True, slots=True)
class DuckEngine:
    """Runs every model on DuckDB, into the file behind a connection, whose published tables must exist."""

    connection: DuckDB

    def register(self, name: str, folder: Path, columns: Mapping[str, str]) -> None:
        """Make Parquet files a view of the lake."""
        register_parquet(self.connection, name, folder, columns)

    def run(self, model: Model) -> int:
        """Run a model into its table."""
        return run_model(self.connection, model)

    def take(self, model: Model, rows: str) -> int:
        """Fill a model's table with the rows that another engine made; `rows` is what FROM reads them from."""
        return run_model(self.connection, replace(model, sql=f"FROM {rows}"))

    def table(self, name: str) -> str:
        """Return a table's name."""
        return name
