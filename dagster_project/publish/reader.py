"""Reads the release in use: what it is, how many rows it holds, and a query on it.

Readers can change nothing: the file is opened read-only, with no way to other files and no way to switch that off.
"""

import datetime as dt
import json
import re
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import duckdb
from duckdb import StatementType as Kind

from dagster_project.errors import QueryError, ReleaseError
from dagster_project.lake.home import Home
from dagster_project.models.catalog import Check
from dagster_project.publish.checks import CheckResult

SHUT: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "lock_configuration": "true",
}


@dataclass(frozen=True, slots=True)
class UsedRelease:
    """The release that `current` points at."""

    release_id: str
    built_at: dt.datetime
    fingerprint: str
    contents: str
    rows: dict[str, int]
    checks: list[CheckResult]


@contextmanager
def open_warehouse(path: Path) -> Generator[duckdb.DuckDBPyConnection]:
    """Open a published file for reading, shut off from everything else.

    Raises:
        ReleaseError: there is none, or it cannot be opened, or not be read when the body asks it.
    """
    if not path.exists():
        raise ReleaseError(f"no warehouse at {path}; make one with: papers build")
    connection = None
    try:
        with duckdb.connect(path.resolve(), read_only=True, config=SHUT) as connection:
            yield connection
    except duckdb.Error as error:
        if connection is not None and not isinstance(error, duckdb.IOException):
            raise  # the fault of who asked
        mended = "if it is damaged, make it again with: papers build --offline"
        raise ReleaseError(f"{path} cannot be read: {str(error).splitlines()[0]}; {mended}") from error


def open_release(home: Home) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """Open the release in use for reading, as `open_warehouse` does.

    Raises:
        ReleaseError: there is none on this machine, or it cannot be opened.
    """
    if home.is_shared and not home.warehouse.exists():
        raise ReleaseError(f"nothing of {home.root} is on this machine; bring it with: papers pull")
    return open_warehouse(home.warehouse)


def read_release(home: Home) -> UsedRelease | None:
    """Return the release in use; None when there is none, or none that can be read."""
    try:
        with open_release(home) as connection:
            facts = connection.execute("SELECT release_id, built_at, fingerprint, contents FROM meta_release")
            release_id, built_at, mark, contents = facts.fetchall()[0]
            tables = connection.execute("SELECT table_name, estimated_size FROM duckdb_tables() ORDER BY ALL")
            rows = dict(tables.fetchall())
            return UsedRelease(release_id, built_at, mark, contents, rows, _checks(connection))
    except (ReleaseError, duckdb.Error, IndexError):
        return None


def _checks(connection: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    """Return the results that the release was published with."""
    recorded = connection.execute(
        "SELECT name, description, severity, broken_rows, sample FROM meta_check ORDER BY name"
    ).fetchall()
    return [
        CheckResult(Check(name, description, severity, sql=""), broken_rows, json.loads(sample or "[]"))
        for name, description, severity, broken_rows, sample in recorded
    ]


def query(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation:
    """Run one SELECT and return its rows as a relation.

    Raises:
        QueryError: it is something else, or DuckDB refused it; the text is what DuckDB said, in a line.
    """
    try:
        if _is_more_than_a_query(connection, sql):
            raise QueryError("not a query: one SELECT or the like is answered, and nothing is run beside it")
        # What is no query comes back as None, which DuckDB's own annotation does not say.
        relation = cast("duckdb.DuckDBPyRelation | None", connection.sql(sql))
        if relation is not None:
            return relation.execute()  # errors in the data show only when it runs
    except duckdb.IOException:
        raise  # the file's fault, not the query's
    except duckdb.Error as error:
        raise QueryError(" ".join(str(error).split())) from error
    raise QueryError("not a query: only SELECT and the like return rows")


def _is_more_than_a_query(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Tell whether a text holds several statements, or a CALL, even if only to explain it.

    A CALL can switch on a log of DuckDB's own, whatever is locked: as DuckDB may not write it, it ends the process.
    """
    kinds = [statement.type for statement in connection.extract_statements(sql)]
    explains_a_call = Kind.EXPLAIN in kinds and re.search(r"\bcall\b", sql, re.IGNORECASE)
    # A PIVOT is a SELECT behind the CREATE of the columns that it will find.
    several = sum(kind != Kind.CREATE for kind in kinds) > 1
    return several or Kind.CALL in kinds or bool(explains_a_call)
