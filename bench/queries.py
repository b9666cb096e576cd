"""How long the questions of `sql/queries/` take on a published warehouse.

    uv run python bench/queries.py [HOME]

Each question is asked a few times, its rows fetched each time, and the best time counts: what the machine does beside
it only ever adds. Without HOME it is the home of the settings, as for `papers`.
"""

import os
import platform
import time
from pathlib import Path

import click
import duckdb
from rich.console import Console
from rich.table import Table

from dagster_project.config import load_settings
from dagster_project.errors import PapersError
from dagster_project.lake.home import Home
from dagster_project.models.catalog import Question, load_questions
from dagster_project.publish.reader import open_warehouse


def measure(connection: duckdb.DuckDBPyConnection, question: Question, times: int) -> tuple[int, float]:
    """Return how many rows answer a question, and the best time in milliseconds."""
    rows, best = 0, float("inf")
    for _ in range(times):
        started = time.perf_counter()
        rows = len(connection.execute(question.sql).fetchall())
        best = min(best, 1_000 * (time.perf_counter() - started))
    return rows, best


def size(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Return how large the warehouse is, in a line."""
    counted = connection.execute(
        """
        SELECT
            (SELECT release_id FROM meta_release),
            (SELECT count(*) FROM dim_paper),
            (SELECT count(*) FROM fact_vote),
            (SELECT count(*) FROM dim_author)
        """
    ).fetchall()
    release, papers, votes, authors = counted[0]
    megabytes = path.stat().st_size / 1e6
    return f"{release}: {papers:,} papers, {votes:,} votes, {authors:,} authors, {megabytes:,.1f} MB"


def machine(connection: duckdb.DuckDBPyConnection) -> str:
    """Return what the times depend on, in a line."""
    threads = connection.execute("SELECT current_setting('threads')").fetchall()[0][0]
    return (
        f"{os.cpu_count()} cores, {threads} threads of DuckDB {duckdb.__version__}, "
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("home", required=False)
@click.option("--times", default=5, show_default=True, type=click.IntRange(1), help="How often each question is asked.")
def main(home: str | None, times: int) -> None:
    """Measure every question of sql/queries on the warehouse in HOME."""
    path = Home(load_settings(home=home).home).warehouse
    table = Table("question", "rows", "ms", title=f"Best of {times}", title_justify="left")
    table.columns[1].justify = table.columns[2].justify = "right"
    try:
        with open_warehouse(path) as connection:
            for question in load_questions():
                rows, milliseconds = measure(connection, question, times)
                table.add_row(question.name, f"{rows:,}", f"{milliseconds:,.1f}")
            console = Console()
            console.print(f"{size(connection, path)}\n{machine(connection)}\n", soft_wrap=True, highlight=False)
            console.print(table)
    except PapersError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
