"""A client of any DuckDB, as its own process: opens files, keeps them open, and answers in JSON.

Reads a line of JSON after the other: `{"link": …, "target": …}` points a link elsewhere, `{"path": …, "questions":
{name: SQL}}` opens a file and prints `{name: rows}`. Plain enough for the DuckDB and the Python of years ago.
"""

import json
import os
import sys
from pathlib import Path

import duckdb

kept = []
for line in sys.stdin:
    request = json.loads(line)
    if "link" in request:
        link = Path(request["link"])
        link.with_name("new").symlink_to(request["target"])
        link.with_name("new").replace(link)
        continue
    connection = duckdb.connect(request["path"], read_only=True)
    kept.append(connection)
    answers = {name: connection.execute(sql).fetchall() for name, sql in request["questions"].items()}
    sys.stdout.write(json.dumps(answers, default=str) + "\n")
sys.stdout.flush()
os._exit(0)  # DuckDB 2.0.0 may hang where a process ends by itself
