"""Loads `sql/schema.sql`: the published tables with their columns, types, keys, constraints and comments.

What follows from this file alone belongs here: the statements that create and comment the tables, and the queries that
prove their keys. Models and checks with files of their own belong in `catalog`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import sqlglot
from sqlglot import exp

from dagster_project.config import SQL
from dagster_project.errors import ModelError


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
    foreign_keys: tuple[ForeignKey, ...]
    statement: exp.Create

    @cached_property
    def create(self) -> str:
        """The statement that creates the table."""
        return _write_statement(self.statement)

    @cached_property
    def create_without_keys(self) -> str:
        """`create` without PRIMARY KEY, UNIQUE and REFERENCES, which need indexes; NOT NULL and CHECK stay."""
        return _write_statement(_drop_keys(self.statement))

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """The columns of the PRIMARY KEY; () if the table has none."""
        for rule in self.statement.find_all(exp.PrimaryKeyColumnConstraint, exp.PrimaryKey):
            column = rule.find_ancestor(exp.ColumnDef)
            return (column.name,) if column else tuple(name.name for name in rule.find_all(exp.Identifier))
        return ()

    @property
    def references(self) -> frozenset[str]:
        """The tables that foreign keys point at."""
        return frozenset(key.parent for key in self.foreign_keys)


OPENING = re.compile(r"\A\s*(--.*\n)+\n")
"""Matches the comments about the whole file, which a blank line ends."""
DECLARED_KEY = re.compile(r"Key, proven by checks: ([\w, ]+)\.")
"""Matches the key that a table's comment declares and that is no constraint."""


def load_contract(folder: Path = SQL) -> tuple[Table, ...]:
    """Return the published tables in an order in which they can be created.

    Raises:
        ModelError: a table or a column has no comment, or a foreign key has more than one column.
    """
    return _load_contract(folder)


@cache
def _load_contract(folder: Path) -> tuple[Table, ...]:
    text = OPENING.sub("", (folder / "schema.sql").read_text(encoding="utf-8"))
    statements = sqlglot.parse(text, read="duckdb")
    return tuple(_read_table(statement) for statement in statements if isinstance(statement, exp.Create))


def _read_table(create: exp.Create) -> Table:
    name = create.this.this.name
    comment = " ".join(line.strip() for line in create.comments or [])
    columns = tuple(_read_columns(create))
    bare = [column.name for column in columns if not column.comment]
    if not comment or bare:
        raise ModelError(f"schema.sql: {name} has no comment on {', '.join(bare) or 'the table'}")
    declared = (tuple(names.split(", ")) for names in DECLARED_KEY.findall(comment))
    keys = (*_read_keys(create), *declared)
    foreign_keys = tuple(_read_foreign_keys(create))
    return Table(name, comment, columns, keys, foreign_keys, create)


def _read_keys(create: exp.Create) -> Iterator[tuple[str, ...]]:
    for rule in create.find_all(exp.PrimaryKeyColumnConstraint, exp.UniqueColumnConstraint, exp.PrimaryKey):
        column = rule.find_ancestor(exp.ColumnDef)
        yield (column.name,) if column else tuple(name.name for name in rule.find_all(exp.Identifier))


def _read_foreign_keys(create: exp.Create) -> Iterator[ForeignKey]:
    for reference in create.find_all(exp.Reference):
        column, parent = reference.find_ancestor(exp.ColumnDef), reference.this
        if column is None or len(parent.expressions) != 1:
            raise ModelError(
                f"schema.sql: {create.this.this.name}: REFERENCES must stand beside its column and name one"
            )
        yield ForeignKey(column.name, parent.this.name, parent.expressions[0].name)


def _write_statement(create: exp.Create) -> str:
    return create.sql("duckdb", comments=False, pretty=True)


def _drop_keys(create: exp.Create) -> exp.Create:
    """Return a copy of a statement without the constraints that need an index; primary key columns stay NOT NULL."""
    bare = create.copy()
    for rule in list(bare.find_all(exp.PrimaryKey, exp.ForeignKey, exp.UniqueColumnConstraint, exp.Reference)):
        (rule.parent if isinstance(rule.parent, exp.ColumnConstraint) else rule).pop()
    for rule in list(bare.find_all(exp.PrimaryKeyColumnConstraint)):
        rule.replace(exp.NotNullColumnConstraint())
    return bare


def _read_columns(create: exp.Create) -> Iterator[Column]:
    for column in create.this.expressions:
        if isinstance(column, exp.ColumnDef):
            # sqlglot attaches a trailing comment to the last node of the line; after a reference at the end of a table,
            # it attaches the comment to two nodes.
            comments = dict.fromkeys(text for node in column.walk() for text in node.comments or [])
            constraint = " ".join(part.sql("duckdb", comments=False) for part in column.constraints)
            yield Column(column.name, column.args["kind"].sql("duckdb"), constraint, " ".join(comments).strip())


def quote(text: str) -> str:
    """Return a text as a SQL literal."""
    return exp.Literal.string(text).sql("duckdb")


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
