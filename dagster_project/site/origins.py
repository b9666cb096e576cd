"""Reads where the values of each published column come from: columns of the lake, and the sources that fill them.

`tools.column_origins` writes the file from the models' SQL and the bundled sample, because that takes a minute.
"""

import json
from dataclasses import dataclass
from functools import cache

from dagster_project.config import PACKAGE

FILE = PACKAGE / "site" / "origins.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a column comes from: columns of the lake as `table.column`, and names of sources."""

    lake: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@cache
def load_origins() -> dict[str, dict[str, Origin]]:
    """Return the origins of the columns of each published table."""
    return {
        table: {column: Origin(tuple(each["lake"]), tuple(each["sources"])) for column, each in columns.items()}
        for table, columns in json.loads(FILE.read_text(encoding="utf-8"))["tables"].items()
    }


def find_origin(table: str, column: str) -> Origin:
    """Return the origin of a column; an empty one for a column that is newer than the file."""
    return load_origins().get(table, {}).get(column, Origin())
