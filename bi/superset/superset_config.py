"""Superset's own settings: where it keeps its data, and that it connects to nobody but its reader.

Superset reads this file by `SUPERSET_CONFIG_PATH`, and `SUPERSET_HOME`, the folder of its own things, by itself;
`start.py` sets both. What Superset shows belongs in `assets/`.
"""

import os
import re
from pathlib import Path
from typing import Any

import duckdb
import duckdb_engine
from sqlalchemy import event

SECRET_KEY = Path(os.environ["SUPERSET_HOME"], "secret_key").read_text()
# The charts of a dashboard are asked for at once, and each request is logged: a writer waits for the one before it.
SQLALCHEMY_ENGINE_OPTIONS = {"connect_args": {"timeout": 30}}
# Superset and its migrations log much that is no news.
LOG_LEVEL = "ERROR"
ALEMBIC_SKIP_LOG_CONFIG = True

# Superset's menu holds a picture from a counting service; a browser asks for nothing that this does not allow.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}


EXPLAIN = re.compile(r"\s*EXPLAIN\b(\s+ANALYZE\b|\s*\([\w\s,]*\))?", re.IGNORECASE)


def is_query(connection: Any, sql: str) -> bool:
    """Return whether `sql` is one SELECT, as DuckDB reads DESCRIBE, SHOW and SUMMARIZE too, or an EXPLAIN of one."""
    statements = [(statement.type.name, statement.query) for statement in connection.extract_statements(sql)]
    if [kind for kind, _ in statements] == ["EXPLAIN"]:
        begins = EXPLAIN.match(sql)
        return begins is not None and is_query(connection, sql[begins.end() :])
    # DuckDB puts a CREATE without text before a PIVOT, for the columns of its result.
    return [kind for kind, text in statements if text or kind != "CREATE"] == ["SELECT"]


class QueryCursor:
    """A cursor of `duckdb_engine` that runs queries alone.

    Even if DuckDB opens a file read-only and has no access to others, `COPY … TO` writes beside that file.
    """

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, sql: str, *parameters: Any) -> None:
        """Run a statement if it is a query."""
        if not is_query(self._cursor, sql):
            raise duckdb.PermissionException(
                "not a query: give one SELECT, PIVOT, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN"
            )
        self._cursor.execute(sql, *parameters)

    def executemany(self, *_: Any) -> None:
        """Refuse: a query runs once."""
        raise duckdb.PermissionException("not a query: it would run many times")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class QueryConnection:
    """A connection of `duckdb_engine` whose cursors run queries alone."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def cursor(self) -> QueryCursor:
        """Return a new cursor."""
        return QueryCursor(self._connection.cursor())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


# Every way to DuckDB ends here, whatever a connection's switches in Superset say: charts, SQL Lab, previews, the API.
@event.listens_for(duckdb_engine.Dialect, "do_connect")
def connect_for_queries(
    dialect: Any, _record: Any, arguments: list[Any], parameters: dict[str, Any]
) -> QueryConnection:
    """Return a connection to DuckDB that runs queries alone."""
    return QueryConnection(dialect.connect(*arguments, **parameters))
