"""Shows builds and releases on the terminal: progress, tables, answered questions, and the next commands.

Every figure comes from a build's results or from SQL on the warehouse; nothing is computed here. The output of
`papers sql` belongs in `answers`, the widths of tables in `layout`.
"""

import logging
import os
import shutil
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import duckdb
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from dagster_project.layout import ENDLESS, lay_out, replace_unprintable
from dagster_project.models.catalog import load_questions
from dagster_project.progress import logger
from dagster_project.publish.reader import open_warehouse, query

if TYPE_CHECKING:
    from dagster_project.build import Built

FAILED_SHOWN = 5
SELDOM = ("empty", "incomplete", "failed", "future")
"""Outcomes that get a column only if a day has one of them."""
HOLDS = {"dim_paper": "papers", "fact_listing": "listings", "fact_vote": "votes", "dim_author": "authors"}
FIRST_QUESTIONS = ("papers_of_a_week", "most_votes_gained", "most_listed_authors")


def find_command() -> str:
    """Return the command that starts `papers`: under `uv run`, the bare name is not on the user's path."""
    if "UV" not in os.environ:
        return "papers"
    # Without `--no-dev`, uv would install what only developers need.
    return f"{'uv' if shutil.which('uv') else 'python3 -m uv'} run --no-dev papers"


class _Console(Console):
    """A console whose reader may go away: `rich` would end the program, where a build has more to do."""

    def on_broken_pipe(self) -> None:
        """Raise the error on standard output; say no more on standard error."""
        if not self.stderr:
            raise  # noqa: PLE0704
        self.quiet = True


class _ProgressBars(logging.Handler):
    """Shows the `progress` logger: as bars on a terminal, otherwise as one line for each finished step."""

    def __init__(self, bars: Progress, console: Console) -> None:
        super().__init__()
        self._bars, self._console = bars, console
        self._tasks: dict[str, TaskID] = {}

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # a build does not fail because nobody can see it
            self._show(record)

    def _show(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self._console.print(Text(f"note: {replace_unprintable(record.getMessage())}", style="yellow"))
            return
        step, done, total = record.__dict__["step"], record.__dict__["done"], record.__dict__["total"]
        if self._console.is_terminal:
            if step not in self._tasks:
                self._tasks[step] = self._bars.add_task(step, total=total)
            self._bars.update(self._tasks[step], completed=done, total=total)
        elif done == total:
            self._console.print(f"{step}: {total}")


class Terminal:
    """Prints progress to standard error, and results to `stream` (standard output by default)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        chosen = stream or sys.stdout
        self._out = _Console(file=chosen, width=None if chosen.isatty() else ENDLESS, highlight=False)
        self._width = self._out.width if chosen.isatty() else None
        self._err = _Console(stderr=True, highlight=False)

    @contextmanager
    def progress(self) -> Generator[None]:
        """Show progress while the body runs."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._err, transient=True, disable=not self._err.is_terminal) as bars:
            bars.add_task("papers build", total=None)
            handler = _ProgressBars(bars, self._err)
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)
            logger.propagate = False
            try:
                yield
            finally:
                logger.removeHandler(handler)

    def show_build(self, built: "Built", warehouse: Path) -> None:
        """Print the results of a build, three answered questions, the path of the warehouse and the next commands."""
        self._print_days(built)
        self._print_troubles(built)
        if built.set_aside:
            self._out.print(f"The home held the sample, which now lies in {built.set_aside}")
        if built.keeps_sample:
            self._out.print("No paper came, so the home still holds the sample.")
        release = built.release
        if release and release.is_new:
            with open_warehouse(warehouse) as connection:
                self._print_first_answers(connection)
            holds = ", ".join(f"{release.rows[table]:,} {name}" for table, name in HOLDS.items())
            self._out.print(f"\nPublished release {release.release_id}: {holds}.")
        elif release:
            self._out.print(f"\nUnchanged: nothing new to publish, release {release.release_id} stays in use.")
        self._print_place("Warehouse", warehouse)
        if built.dashboard:
            self._print_place("Dashboard", built.dashboard)
        if built.removed_runs:
            self._out.print(
                f"Removed {built.removed_runs:,} old run{'s' * (built.removed_runs != 1)} from Dagster's history."
            )
        papers = find_command()
        self._out.print(
            f'Next: {papers} dashboard --open  |  {papers} sql "FROM mart_paper LIMIT 5"  |  {papers} ui',
            soft_wrap=True,
        )

    def _print_days(self, built: "Built") -> None:
        """Print the number of days with each outcome, and of rows, for each source."""
        outcomes = ["fetched", "unchanged", "missing"]
        outcomes += [name for name in SELDOM if any(each.outcomes[name] for each in built.sources.values())]
        counts = [
            (
                source,
                *(summary.outcomes[name] for name in outcomes),
                summary.days_parsed,
                summary.rows["entry"],
                summary.rows["reject"],
            )
            for source, summary in built.sources.items()
        ]
        self._print_counts("Days", ["source", *outcomes, "parsed", "entries read", "rejected"], counts)
        if built.archives:
            read = [
                (name, sum(day.captures for day in one.days.values()), len(one.days), one.skipped.total())
                for name, one in built.archives.items()
            ]
            self._print_counts("Archives", ["archive", "new captures", "days", "skipped"], read)

    def _print_counts(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print rows of a name and counts under a title."""
        types = ["VARCHAR"] + ["BIGINT"] * (len(columns) - 1)
        self._out.print(Text(title, style="bold"))
        self._out.print(lay_out(columns, types, rows, self._width, fold=True).body, soft_wrap=True)

    def _print_troubles(self, built: "Built") -> None:
        """Print the first failed days, and the failed checks."""
        for source, summary in built.sources.items():
            days = dict[str, list[str]]()
            for day, reason in summary.failures.items():
                days.setdefault(reason, []).append(day)
            for reason, of_reason in list(days.items())[:FAILED_SHOWN]:
                more = f" and {len(of_reason) - 1} more day{'s' * (len(of_reason) != 2)}" if len(of_reason) > 1 else ""
                line = f"failed  {source} {of_reason[0]}{more}: {reason}"
                self._out.print(Text(replace_unprintable(line), style="yellow"))
            if len(days) > FAILED_SHOWN:
                self._out.print(f"failed  {source}: {len(days) - FAILED_SHOWN} more reasons; see: papers status")
        for name, read in built.archives.items():
            lines = [f"{count:,} versions {reason}" for reason, count in read.skipped.items()]
            lines = [f"skipped {name}: {line}" for line in lines]
            for line in [*([f"failed  {name}: {read.problem}"] if read.problem else []), *lines]:
                self._out.print(Text(replace_unprintable(line), style="yellow"))
        for result in built.release.checks if built.release else ():
            if not result.passed:
                line = f"check   {result.check.name}: {result.broken_rows} rows; see: papers status"
                self._out.print(Text(line, style="yellow"))

    def _print_first_answers(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Print the `FIRST_QUESTIONS` of `sql/queries/` with their answers."""
        questions = {question.name: question for question in load_questions()}
        for name in FIRST_QUESTIONS:
            self._out.print()
            self._print(connection, questions[name].description, questions[name].sql)

    def show_status(self, connection: duckdb.DuckDBPyConnection, warehouse: Path, *, everything: bool = False) -> None:
        """Print the status of the release that `connection` reads: what fits a screen, or everything.

        What is left out is counted, and a text that is cut ends in `…`.
        """
        left_out, is_cut = dict[str, int](), False
        for title, section in STATUS.items():
            answer = query(connection, section.sql)
            rows = answer.fetchall()
            shown = rows if everything else rows[: section.shown]
            if rows and not shown:
                left_out[title] = len(rows)
                continue
            self._out.print(Text.assemble((title, "bold"), "" if rows else "  none"))
            if shown:
                layout = lay_out(answer.columns, answer.types, shown, self._width, lines=False, fold=everything)
                self._out.print(layout.body, soft_wrap=True)
                is_cut = is_cut or layout.is_cut
                more = f"and {len(rows) - len(shown):,} more\n" if len(rows) > len(shown) else ""
                self._out.print(more)
        if left_out:
            listed = ", ".join(f"{title} ({count:,} more)" for title, count in left_out.items())
            self._out.print(f"Left out: {listed}.")
        if not everything:
            cut = "; a text that ends in … is cut" if is_cut else ""
            self._out.print(f"{find_command()} status --all shows everything{cut}.")
        self._print_place("Warehouse", warehouse)

    def _print_place(self, what: str, path: Path) -> None:
        """Print a path in one line, however long, so that it can be copied."""
        self._out.print(Text(f"{what}: {path}", style="bold"), soft_wrap=True)

    def _print(self, connection: duckdb.DuckDBPyConnection, title: str, sql: str) -> None:
        """Print the answer to a query under its title, or `none` if the answer is empty."""
        answer = query(connection, sql)
        rows = answer.fetchall()
        self._out.print(Text.assemble((title, "bold"), "" if rows else "  none"))
        if rows:
            self._out.print(lay_out(answer.columns, answer.types, rows, self._width, fold=True).body, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the status: a query, and how many of its rows are shown where not all are wanted (None: all)."""

    sql: str
    shown: int | None = None


STATUS = {
    "Release": Section("""
        SELECT release_id AS release, contents, strftime(built_at, '%Y-%m-%d %H:%M') AS built_at_utc,
            CAST(date_trunc('second', now() AT TIME ZONE 'UTC') AS TIMESTAMP) - date_trunc('second', built_at) AS age,
            duckdb_version AS duckdb
        FROM meta_release
    """),
    "Rows": Section(f"""
        SELECT {", ".join(f"max(estimated_size) FILTER (table_name = '{table}') AS {table}" for table in HOLDS)}
        FROM duckdb_tables()
    """),
    "Coverage by source (days)": Section("""
        SELECT source, max(date) AS last_day, count(*) FILTER (status = 'published') AS published,
            count(*) FILTER (status = 'missing') AS missing, count(*) FILTER (status = 'incomplete') AS incomplete,
            count(*) FILTER (status = 'failed') AS failed, count(*) FILTER (status = 'never asked') AS unasked,
            sum(papers) AS papers
        FROM mart_coverage GROUP BY source ORDER BY source
    """),
    "Days that need a look": Section(
        """
        SELECT source, date, status, last_outcome, concat_ws('; ', last_reason,
            CASE WHEN papers_in_answer < papers
                THEN concat(papers_in_answer, ' of ', papers, ' papers in the answer') END,
            CASE WHEN rejects > 0 THEN concat(rejects, ' rejects') END) AS why
        FROM (
            FROM mart_coverage
            UNION ALL BY NAME -- a source that is asked for papers has days on which it failed
            SELECT source, max(date) AS date, 'failed' AS status, 'failed' AS last_outcome,
                max_by(reason, fetched_at) AS last_reason
            FROM meta_fetch WHERE archive = 'own' AND source NOT IN (SELECT source FROM mart_coverage)
            GROUP BY source HAVING max_by(outcome, fetched_at) = 'failed'
        )
        WHERE status IN ('failed', 'incomplete') OR last_outcome IN ('failed', 'incomplete') OR rejects > 0
            OR papers_in_answer < papers OR (last_outcome = 'fetched' AND last_reason IS NOT NULL)
        ORDER BY (status = 'failed' OR last_outcome = 'failed') DESC, date DESC, source
        """,
        shown=2,
    ),
    "Open rejects": Section(
        """
        SELECT source, rule, count(*) AS pieces, max(date) AS last_day, any_value(reason) AS reason
        FROM meta_reject GROUP BY source, rule ORDER BY pieces DESC, source, rule
        """,
        shown=2,
    ),
    "Failed checks": Section(
        """
        SELECT name, severity, broken_rows, description FROM meta_check WHERE NOT passed ORDER BY severity, name
        """,
        shown=2,
    ),
    "Coverage by source and month (days)": Section(
        """
        SELECT source, strftime(date, '%Y-%m') AS month,
            count(*) FILTER (status = 'published') AS published, count(*) FILTER (status = 'empty') AS empty,
            count(*) FILTER (status = 'missing') AS missing, count(*) FILTER (status = 'incomplete') AS incomplete,
            count(*) FILTER (status = 'failed') AS failed, sum(papers) AS papers
        FROM mart_coverage WHERE status <> 'never asked' GROUP BY ALL ORDER BY month, source
        """,
        shown=0,
    ),
    "Days that nobody asked for": Section(
        """
        SELECT source, count(*) AS days, count(*) FILTER (NOT is_weekend) AS weekdays,
            min(date) AS first_day, max(date) AS last_day
        FROM mart_coverage WHERE status = 'never asked' GROUP BY source ORDER BY source
        """,
        shown=0,
    ),
    "Days that have not begun": Section(
        """
        SELECT source, min(date) AS first_day, max(date) AS last_day, any_value(reason) AS reason
        FROM meta_fetch WHERE outcome = 'future' GROUP BY source ORDER BY source
        """,
        shown=1,
    ),
    "Archives": Section(
        """
        SELECT archive, captures, papers, first_day, last_day, left(last_commit, 10) AS last_commit
        FROM dim_archive WHERE captures > 0 ORDER BY archive
        """,
        shown=6,
    ),
    "Requests": Section(
        """
        SELECT source, count(*) AS requests, count(*) FILTER (outcome = 'failed') AS failed,
            sum(items) AS papers_in_answers, strftime(max(fetched_at), '%Y-%m-%d %H:%M') AS last_asked_utc
        FROM meta_fetch WHERE archive = 'own' AND source NOT IN (SELECT source FROM mart_coverage)
        GROUP BY source ORDER BY source
        """,
        shown=0,
    ),
    "Rows of each table": Section(
        """
        SELECT table_name AS "table", estimated_size AS rows FROM duckdb_tables() WHERE NOT temporary ORDER BY ALL
        """,
        shown=0,
    ),
    "Rows that failed checks (samples)": Section(
        "SELECT name, sample FROM meta_check WHERE NOT passed ORDER BY severity, name", shown=0
    ),
}
