"""The server of mcp.json: `mcp-server-motherduck`, which answers queries alone.

Even if DuckDB opens a file read-only and has no access to others, `COPY … TO` writes beside that file. So a statement
is looked at before it runs.
"""

import re
from typing import Any

import duckdb
from mcp_server_motherduck import main
from mcp_server_motherduck.database import DatabaseClient

EXPLAIN = re.compile(r"\s*EXPLAIN\b(\s+ANALYZE\b|\s*\([\w\s,]*\))?", re.IGNORECASE)
REFUSAL = "not a query: give one SELECT, PIVOT, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN of one"
run = DatabaseClient.query


def is_query(sql: str) -> bool:
    """Return whether `sql` is one SELECT, as DuckDB reads DESCRIBE, SHOW and SUMMARIZE too, or an EXPLAIN of one."""
    with duckdb.connect(config={"enable_external_access": "false"}) as parser:
        statements = [(statement.type.name, statement.query) for statement in parser.extract_statements(sql)]
    if [kind for kind, _ in statements] == ["EXPLAIN"]:
        begins = EXPLAIN.match(sql)
        return begins is not None and is_query(sql[begins.end() :])
    # DuckDB puts a CREATE without text before a PIVOT, for the columns of its result.
    return [kind for kind, text in statements if text or kind != "CREATE"] == ["SELECT"]


def query(client: DatabaseClient, sql: str) -> dict[str, Any]:
    """Answer one query, or refuse what is none, in the form of the server."""
    try:
        if is_query(sql):
            return run(client, sql)
        error, kind = REFUSAL, "PermissionException"
    except duckdb.Error as refused:
        error, kind = str(refused), type(refused).__name__
    return {"success": False, "error": error, "errorType": kind}


DatabaseClient.query = query
if __name__ == "__main__":
    main()
