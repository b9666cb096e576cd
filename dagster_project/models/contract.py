"""What is published: `sql/schema.sql` read as tables with their columns, types, constraints and comments."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
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
class Table:
    """A published table: its statement, and what stands beside it in the file."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    references: frozenset[str]
    create: str
    create_without_keys: str
    """The same without PRIMARY KEY, UNIQUE and REFERENCES, which are indexes; NOT NULL and CHECK stay."""


@cache
def load_contract(folder: Path = SQL) -> tuple[Table, ...]:
    """Return the published tables in the order in which they can be built.

    Raises:
        ModelError: a table or a column has no comment.
    """
    statements = sqlglot.parse((folder / "schema.sql").read_text(encoding="utf-8"), read="duckdb")
    return tuple(_table(statement) for statement in statements if isinstance(statement, exp.Create))


def _table(create: exp.Create) -> Table:
    name = create.this.this.name
    # Of the comments above a statement, the last stands next to it.
    comment = (create.comments or [""])[-1].strip()
    columns = tuple(_columns(create))
    bare = [column.name for column in columns if not column.comment]
    if not comment or bare:
        raise ModelError(f"schema.sql: {name} has no comment on {', '.join(bare) or 'the table'}")
    references = frozenset(reference.this.this.name for reference in create.find_all(exp.Reference))
    return Table(name, comment, columns, references, _statement(create), _statement(_without_keys(create)))


def _statement(create: exp.Create) -> str:
    return create.sql("duckdb", comments=False, pretty=True)


def _without_keys(create: exp.Create) -> exp.Create:
    """Return a copy of a statement without what DuckDB keeps an index for; what was a key is still NOT NULL."""
    bare = create.copy()
    for rule in list(bare.find_all(exp.PrimaryKey, exp.ForeignKey, exp.UniqueColumnConstraint, exp.Reference)):
        (rule.parent if isinstance(rule.parent, exp.ColumnConstraint) else rule).pop()
    for rule in list(bare.find_all(exp.PrimaryKeyColumnConstraint)):
        rule.replace(exp.NotNullColumnConstraint())
    return bare


def _columns(create: exp.Create) -> Iterator[Column]:
    for column in create.this.expressions:
        if isinstance(column, exp.ColumnDef):
            # A trailing comment belongs to whichever piece of the definition ended the line.
            # Behind a reference at the end of a table, to two of them.
            comments = dict.fromkeys(text for node in column.walk() for text in node.comments or [])
            constraint = " ".join(part.sql("duckdb", comments=False) for part in column.constraints)
            yield Column(column.name, column.args["kind"].sql("duckdb"), constraint, " ".join(comments).strip())


def quoted(text: str) -> str:
    """Return a text as SQL writes it."""
    return exp.Literal.string(text).sql("duckdb")


def comments(table: Table) -> Iterator[str]:
    """Yield the statements that put a table's comments into the warehouse."""
    yield f"COMMENT ON TABLE {table.name} IS {quoted(table.comment)}"
    for column in table.columns:
        yield f"COMMENT ON COLUMN {table.name}.{column.name} IS {quoted(column.comment)}"
