"""How long a release takes to answer: every question of `sql/queries/`, and the first page of every mart.

Each is asked a few times, its rows fetched each time, and the best time counts: what the machine does beside it only
ever adds.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from bench.meter import Result
from dagster_project.lake.home import Home
from dagster_project.models.catalog import load_questions
from dagster_project.publish.reader import open_warehouse

TIMES = 5
ENOUGH = 20.0
"""Seconds after which a question is not asked again."""
PAGE = 100


def questions(home: str, times: int = TIMES) -> list[Result]:
    """Ask a home's release everything."""
    with open_warehouse(Home(Path(home)).warehouse) as connection:
        asked = [(question.name, question.sql) for question in load_questions()]
        return [_ask(connection, name, sql, times) for name, sql in [*asked, *_pages(connection)]]


def _ask(connection: duckdb.DuckDBPyConnection, name: str, sql: str, times: int) -> Result:
    best, spent, rows = float("inf"), 0.0, 0
    for _ in range(times):
        started = time.perf_counter()
        rows = len(connection.execute(sql).fetchall())
        took = time.perf_counter() - started
        best, spent = min(best, took), spent + took
        if spent > ENOUGH:
            break
    return {"name": name, "wall": best, "rows": rows, "unit": "rows"}


def _pages(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """Yield, for each mart, its newest rows and how many rows its last year has, by its last column of time."""
    columns = connection.execute(
        """
        SELECT table_name, arg_max(column_name, (column_name LIKE 'last%', column_index))
        FROM duckdb_columns()
        WHERE table_name LIKE 'mart\\_%' ESCAPE '\\' AND data_type IN ('DATE', 'TIMESTAMP')
        GROUP BY table_name ORDER BY table_name
        """
    ).fetchall()
    for mart, column in columns:
        yield f"{mart}: first page", f"SELECT * FROM {mart} ORDER BY {column} DESC LIMIT {PAGE}"
        since = f"(SELECT max({column}) - INTERVAL 1 YEAR FROM {mart})"
        yield f"{mart}: rows of a year", f"SELECT count(*) FROM {mart} WHERE {column} >= {since}"
