"""Reads the release in use: its facts, the number of its rows, and the answers to queries.

A reader cannot change anything: it opens the file read-only, has no access to other files, and cannot lift these
limits. Writing an answer to a file or the terminal belongs in `dagster_project.answers`.
"""

import datetime as dt
import json
import re
import tempfile
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from duckdb import StatementType as Kind

from dagster_project.errors import QueryError, ReleaseError
from dagster_project.lake.home import Home
from dagster_project.models.catalog import Check
from dagster_project.models.contract import quote
from dagster_project.publish.checks import CheckResult

if TYPE_CHECKING:
    import pyarrow as pa

LIMITS = "SET GLOBAL TimeZone = 'UTC'; SET enable_external_access = false; SET lock_configuration = true"
"""What a reader may not do. It is set once the file is open: DuckDB could not open one below a `?` in a path then.

All times of a release are UTC. Of the zones that `TZ` may name, DuckDB knows some that Python does not.
"""
QUERIES = {Kind.SELECT, Kind.EXPLAIN, Kind.MULTI}
"""Kinds of statements that may run; `MULTI` is DuckDB 2's kind for a PIVOT."""
EXPLAIN = re.compile(
    r"(?:\s|--[^\r\n]*[\r\n])*EXPLAIN\b(?:\s+ANALYZE\b|\s*\(\s*(?:ANALYZE|FORMAT)\b[\w\s,']*\))?", re.IGNORECASE
)
"""Matches what stands before the statement that is explained."""
INTERVAL = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')|\bINTERVAL\b(?! )""")
"""Matches an interval in the text of a type, and as group 1 a name that is no type; a name has a blank behind it."""
BATCH = 10_000
"""Rows of an answer that are in memory at once."""


@dataclass(frozen=True, slots=True)
class UsedRelease:
    """The release in use. `built_at` is UTC without a zone; `rows` counts the rows of each table."""

    release_id: str
    built_at: dt.datetime
    fingerprint: str
    contents: str
    rows: dict[str, int]
    checks: list[CheckResult]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query. `rows` reads from DuckDB on demand, and can be read once."""

    columns: list[str]
    types: list[str]
    rows: Iterator[tuple[object, ...]]

    def fetchall(self) -> list[tuple[object, ...]]:
        """Return all rows that were not read yet."""
        return list(self.rows)


@contextmanager
def open_warehouse(path: Path) -> Generator[duckdb.DuckDBPyConnection]:
    """Open a published file read-only, without access to other files.

    What a query cannot hold in memory goes to the system's folder for temporary files, since the release is read-only.

    Raises:
        ReleaseError: the file is missing or has a log beside it, or DuckDB cannot open it, or cannot read it while the
            body runs.
    """
    if not path.exists():
        raise ReleaseError(f"no warehouse at {path}; make one with: papers build")
    if logs := list_logs(path.resolve()):
        raise ReleaseError(
            f"{logs[0]} was not written by papers, and DuckDB would read it as a part of the release; "
            "make a new release with: papers build"
        )
    connection = None
    spill = str(Path(tempfile.gettempdir(), f"papers-{uuid.uuid4()}"))
    try:
        with duckdb.connect(path.resolve(), read_only=True, config={"temp_directory": spill}) as connection:
            connection.execute(LIMITS)
            yield connection
    except duckdb.Error as error:
        if connection is not None and not _is_file_at_fault(error):
            raise
        advice = "if it is damaged, make it again with: papers build --offline"
        raise ReleaseError(f"{path} cannot be read: {str(error).splitlines()[0]}; {advice}") from error


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, room: Path) -> None:
    """Attach a published file for reading, under a name, by a link in the folder `room`.

    DuckDB takes what follows a `?` in a path for options; the link has none.

    Raises:
        ReleaseError: the file is missing, or has a log beside it.
    """
    if not path.exists():
        raise ReleaseError(f"no warehouse at {path}; make one with: papers build")
    if logs := list_logs(path.resolve()):
        raise ReleaseError(f"{logs[0]} was not written by papers; make a new release with: papers build")
    (room / name).symlink_to(path.resolve())
    connection.execute(f"ATTACH {quote(str(room / name))} AS {name} (READ_ONLY)")


def list_logs(file: Path) -> list[Path]:
    """Return the write-ahead logs beside a database: none lies beside a release, but DuckDB would replay one."""
    return sorted(file.parent.glob(f"{file.name}.wal*"))


def _is_file_at_fault(error: duckdb.Error) -> bool:
    """Return whether the file is at fault and not the query. DuckDB 2 has no error class for a damaged file."""
    return isinstance(error, duckdb.IOException) or type(error) is duckdb.Error


def open_release(home: Home) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """Open the release in use for reading, as `open_warehouse` does.

    Raises:
        ReleaseError: there is no release on this machine, or it cannot be opened.
    """
    if home.is_shared and not home.warehouse.exists():
        raise ReleaseError(f"no release of {home.root} is on this machine; pull it with: papers pull")
    return open_warehouse(home.warehouse)


def read_release(home: Home) -> UsedRelease | None:
    """Return the release in use; None if there is none or it cannot be read."""
    try:
        with open_release(home) as connection:
            return describe_release(connection)
    except (ReleaseError, duckdb.Error):
        return None


def describe_release(connection: duckdb.DuckDBPyConnection) -> UsedRelease | None:
    """Return what an open release says of itself; None if it does not say what it is."""
    found = connection.execute("SELECT release_id, built_at, fingerprint, contents FROM meta_release").fetchall()
    if not found:
        return None
    release_id, built_at, mark, contents = found[0]
    tables = connection.execute("SELECT table_name, estimated_size FROM duckdb_tables() ORDER BY ALL")
    rows = dict(tables.fetchall())
    return UsedRelease(release_id, built_at, mark, contents, rows, _read_checks(connection))


def _read_checks(connection: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    """Return the results of the checks that the release holds."""
    recorded = connection.execute(
        "SELECT name, description, severity, broken_rows, sample FROM meta_check ORDER BY name"
    ).fetchall()
    return [
        CheckResult(Check(name, description, severity, sql=""), broken_rows, json.loads(sample or "[]"))
        for name, description, severity, broken_rows, sample in recorded
    ]


def query(connection: duckdb.DuckDBPyConnection, sql: str) -> Answer:
    """Run one query and return its answer, of which one batch is in memory at once.

    The first batch is read at once, so that most errors are raised before any row is written. Intervals are text, since
    Python has none with months.

    Raises:
        QueryError: `sql` is not one query, or DuckDB refused it, now or while later rows are read.
    """
    with _query_errors():
        _check_query(connection, sql)
        # An answer that is not read to the end would block the connection, so it gets a cursor of its own.
        cursor = connection.cursor()
        cursor.execute(sql)
        description = cursor.description or []
        names, types = [column[0] for column in description], [str(column[1]) for column in description]
        texts = [INTERVAL.sub(lambda found: found[1] or "VARCHAR", kind) for kind in types]
        casts = [None if text == kind else text for text, kind in zip(texts, types, strict=True)]
        if any(casts):
            cursor.execute(f"SELECT {_list_columns(names, casts)} FROM ({_drop_end(sql)}\n)")
        first = cursor.fetchmany(BATCH)
    return Answer(names, types, _read_rows(cursor, first))


def _read_rows(cursor: duckdb.DuckDBPyConnection, batch: list[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a batch and of all later batches."""
    while batch:
        yield from batch
        with _query_errors():
            batch = cursor.fetchmany(BATCH)


def query_batches(
    connection: duckdb.DuckDBPyConnection, sql: str, is_wanted: Callable[["pa.Field"], bool] = lambda _: True
) -> tuple["pa.Schema", Iterator["pa.RecordBatch"]]:
    """Run one query and return the Arrow schema and the Arrow batches of its answer.

    A column whose field is not wanted is made text by DuckDB.

    Raises:
        QueryError: as `query` does.
    """
    with _query_errors():
        _check_query(connection, sql)
        relation = connection.cursor().sql(_drop_end(sql))
        fields = relation.limit(0).to_arrow_reader(BATCH).read_all().schema
        casts = [None if is_wanted(field) else "VARCHAR" for field in fields]
        if any(casts):
            relation = relation.project(_list_columns(relation.columns, casts))
        reader = relation.to_arrow_reader(BATCH)
    return reader.schema, _read_batches(reader)


def _list_columns(names: Sequence[str], casts: Sequence[str | None]) -> str:
    """Return the columns of a SELECT, each cast to a type if there is one; by place, since names may be equal."""
    columns = (f"CAST(#{place} AS {kind})" if kind else f"#{place}" for place, kind in enumerate(casts, start=1))
    quoted = ('"' + name.replace('"', '""') + '"' for name in names)
    return ", ".join(f"{column} AS {name}" for column, name in zip(columns, quoted, strict=True))


def _drop_end(sql: str) -> str:
    """Return a statement without the semicolon at its end and what follows: DuckDB 2 puts the text in parentheses."""
    text, ends = sql.encode(), [at for at, kind in duckdb.tokenize(sql) if kind != duckdb.token_type.comment][-1:]
    return text[: ends[0]].decode() if ends and text[ends[0] : ends[0] + 1] == b";" else sql


def _read_batches(reader: "pa.RecordBatchReader") -> Iterator["pa.RecordBatch"]:
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except OSError as error:  # Arrow raises DuckDB's later errors as OSError
            raise QueryError(_join_lines(error)) from error
        yield batch


@contextmanager
def _query_errors() -> Generator[None]:
    """Convert an error of DuckDB in the body to a `QueryError` of one line.

    Raises:
        QueryError: DuckDB refused the query.
        duckdb.Error: the file is at fault; `open_warehouse` handles it.
    """
    try:
        yield
    except duckdb.Error as error:
        if _is_file_at_fault(error):
            raise
        raise QueryError(_join_lines(error)) from error


def _join_lines(error: Exception) -> str:
    """Return the text of an error as one line, without the prefix that DuckDB 1.5 adds to errors in later rows."""
    return " ".join(str(error).rpartition("\nError: ")[2].split())


def _check_query(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Check that `sql` is one statement, of a kind that only reads.

    An EXPLAIN is answered for what would be answered itself: with ANALYZE it runs the statement, and a COPY would write
    beside the release. (A CALL can turn on DuckDB's log, which cannot be written here and then ends the process.)

    Raises:
        QueryError: there is not exactly one statement, or it is of another kind.
    """
    statements = connection.extract_statements(sql)
    # DuckDB 1.5 adds a CREATE without text before a PIVOT, for the columns of its result.
    kinds = [statement.type for statement in statements if statement.type != Kind.CREATE or statement.query]
    if len(kinds) != 1 or kinds[0] not in QUERIES:
        raise QueryError("not a query: give one SELECT, PIVOT, DESCRIBE, SHOW, SUMMARIZE, or EXPLAIN of one")
    if kinds[0] == Kind.EXPLAIN:
        begins = EXPLAIN.match(sql)
        if begins is None:
            raise QueryError("not a query: an EXPLAIN must begin with that word, and no comment may stand in it")
        _check_query(connection, sql[begins.end() :])
