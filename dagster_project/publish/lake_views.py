"""Registers the lake's tables for SQL: one view a table, with the columns and types of its schema.

This is the one place where exclusions take effect: a view lacks the rows of what an operator took out, so that no
model and no check need know of it.
The files belong in `lake`, the schemas in `validate`.
"""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from dagster_project.lake.exclusions import read_exclusions
from dagster_project.lake.files import list_parquet, write_atomically
from dagster_project.lake.home import Home
from dagster_project.models.catalog import LAKE, SLICE, SLICED, Model
from dagster_project.models.contract import quote
from dagster_project.models.engines.duckdb_engine import DuckDB, make_lake_view
from dagster_project.models.engines.engine import Engine
from dagster_project.validate.schemas import LAKE_TABLES, TABLES, list_sql_columns


def find_folder(table: str, home: Home) -> Path:
    """Return the folder of a table's Parquet files."""
    beside = {
        "fetch": home.fetch_log,
        "exclusion": home.exclusions,
        "correction": home.corrections,
        "archive": home.archive_list,
    }
    return beside.get(table, home.lake / table)


def register_lake(engine: Engine, home: Home) -> None:
    """Register every table of the lake, and the fetch log, as the view `lake_<table>`."""
    exclusions = read_exclusions(home)
    for table, schema in LAKE_TABLES.items():
        engine.register(table, find_folder(table, home), list_sql_columns(schema), write_condition(table, exclusions))


def write_condition(table: str, exclusions: pl.DataFrame) -> str:
    """Return the SQL condition of the rows of a table that stay; `exclusions` has the columns of the lake's table.

    A reject of unknown origin goes with a paper if its text names the paper.
    """
    papers = exclusions["arxiv_id"].drop_nulls()
    conditions = list[str]()
    if table in (*TABLES, "index", "correction") and len(papers):
        conditions.append(f"coalesce(arxiv_id, '') NOT IN ({', '.join(map(quote, papers))})")
    if table == "reject":
        conditions += [f"concat(reason, ' ', raw) NOT LIKE {quote(f'%{paper}%')}" for paper in papers]
    if table in TABLES:
        captures = exclusions.filter(kind="capture").select("source", "listed_on", "captured_at", "archive")
        conditions += [
            f"NOT (source = {quote(source)} AND listed_on = DATE '{day}' "
            f"AND captured_at = TIMESTAMP '{captured_at}' AND archive = {quote(archive)})"
            for source, day, captured_at, archive in captures.iter_rows()
        ]
    return " AND ".join(conditions) or "TRUE"


def count_longest_table(connection: DuckDB) -> int:
    """Return the number of rows of the lake's longest table; it comes from the metadata of the files."""
    counts = (connection.execute(f"SELECT count(*) FROM {LAKE}{table}").fetchall() for table in LAKE_TABLES)
    return max(rows for [(rows,)] in counts)


def write_shell_start(home: Home, models: Iterable[Model]) -> None:
    """Write `lake/shell.sql`, which creates the views that models read, so that any model runs in DuckDB's shell."""
    exclusions = read_exclusions(home)
    statements = [
        make_lake_view(
            table,
            list_parquet(find_folder(table, home)),
            list_sql_columns(schema),
            write_condition(table, exclusions),
        )
        for table, schema in LAKE_TABLES.items()
    ]
    statements += [
        f"CREATE TEMP VIEW {model.name} AS\n{model.sql.strip()}" for model in models if not model.is_published
    ]
    # In the shell, the slice holds all papers at once.
    statements.append(f"CREATE TEMP VIEW {SLICE} AS\nFROM {SLICED}")
    text = "-- duckdb -readonly -init lake/shell.sql current/papers.duckdb\n" + ";\n\n".join(statements) + ";\n"
    write_atomically(home.lake / "shell.sql", lambda file: file.write(text.encode()))
