"""Loads `sql/schema.sql`: the published tables with their columns, types, keys, constraints and comments.

What follows from this file alone belongs here: the statements that create and comment the tables, and the queries that
prove their keys. Models and checks with files of their own belong in `catalog`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dagster_project.config import SQL

if TYPE_CHECKING:
    from sqlglot.expressions import Create

Keys = Literal["all", "primary", "none"]
"""The keys that tables have: all that are declared, the PRIMARY KEY where it is one column, or none."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a published table."""

    name: str
    type: str
    constraint: str
    comment: str


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A column whose values must exist in a column of another table."""

    column: str
    parent: str
    parent_column: str


@dataclass(frozen=True)
class Table:
    """A published table, and the statements that create it."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, ...], ...]
    """The keys, each a tuple of columns: PRIMARY KEY, UNIQUE, and the key that the comment declares."""
    primary_key: tuple[str, ...]
    """The columns of the PRIMARY KEY; () if the table has none."""
    foreign_keys: tuple[ForeignKey, ...]
    statement: "Create"

    def write_create(self, keys: Keys = "all") -> str:
        """Return the statement that creates the table with some keys; NOT NULL and CHECK are in it in any case."""
        from dagster_project.models.schema_file import drop_keys, write_statement

        statement = self.statement if keys == "all" else drop_keys(self.statement, keep_primary=keys == "primary")
        return write_statement(statement)

    @property
    def references(self) -> frozenset[str]:
        """The tables that foreign keys point at."""
        return frozenset(key.parent for key in self.foreign_keys)


def load_contract(folder: Path = SQL) -> tuple[Table, ...]:
    """Return the published tables in an order in which they can be created.

    Raises:
        ModelError: a table or a column has no comment, or a foreign key has more than one column.
    """
    return _load_contract(folder)


@cache
def _load_contract(folder: Path) -> tuple[Table, ...]:
    from dagster_project.models.schema_file import read_tables  # its parser is a heavy import

    return tuple(read_tables((folder / "schema.sql").read_text(encoding="utf-8")))


def quote(text: str) -> str:
    """Return a text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def list_comments(table: Table) -> Iterator[str]:
    """Yield the statements that write a table's comments."""
    yield f"COMMENT ON TABLE {table.name} IS {quote(table.comment)}"
    for column in table.columns:
        yield f"COMMENT ON COLUMN {table.name}.{column.name} IS {quote(column.comment)}"


def find_repeated_keys(tables: Iterable[Table]) -> str:
    """Return the query for rows that share a key with another row; NULL counts as a value."""
    return "\nUNION ALL\n".join(
        f"SELECT '{table.name}' AS relation, concat_ws(' ', {', '.join(key)}) AS grain, count(*) AS copies "
        f"FROM {table.name} GROUP BY {', '.join(key)} HAVING count(*) > 1"
        for table in tables
        for key in table.keys
    )


def find_orphans(tables: Iterable[Table]) -> str:
    """Return the query for foreign key values that no row of the parent table has."""
    return "\nUNION ALL\n".join(
        f"SELECT '{table.name}.{key.column}' AS relation, CAST(child.{key.column} AS VARCHAR) AS orphan "
        f"FROM {table.name} AS child "
        f"LEFT JOIN {key.parent} AS parent ON child.{key.column} = parent.{key.parent_column} "
        f"WHERE child.{key.column} IS NOT NULL AND parent.{key.parent_column} IS NULL"
        for table in tables
        for key in table.foreign_keys
    )
