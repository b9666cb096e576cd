"""Parses `sql/schema.sql`. What follows from its tables belongs in `contract`."""

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from dagster_project.errors import ModelError
from dagster_project.models.contract import Column, ForeignKey, Table

OPENING = re.compile(r"\A\s*(--.*\n)+\n")
"""Matches the comments about the whole file, which a blank line ends."""
DECLARED_KEY = re.compile(r"Key, proven by checks: ([\w, ]+)\.")
"""Matches the key that a table's comment declares and that is no constraint."""


def read_tables(text: str) -> Iterator[Table]:
    """Yield the tables that a text creates, in its order.

    Raises:
        ModelError: a table or a column has no comment, or a foreign key has more than one column.
    """
    for statement in sqlglot.parse(OPENING.sub("", text), read="duckdb"):
        if isinstance(statement, exp.Create):
            yield _read_table(statement)


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
    return Table(name, comment, columns, keys, _read_primary_key(create), foreign_keys, create)


def _read_keys(create: exp.Create) -> Iterator[tuple[str, ...]]:
    for rule in create.find_all(exp.PrimaryKeyColumnConstraint, exp.UniqueColumnConstraint, exp.PrimaryKey):
        yield _list_columns(rule)


def _read_primary_key(create: exp.Create) -> tuple[str, ...]:
    rule = create.find(exp.PrimaryKeyColumnConstraint, exp.PrimaryKey)
    return _list_columns(rule) if rule else ()


def _list_columns(rule: exp.ColumnConstraintKind | exp.PrimaryKey) -> tuple[str, ...]:
    """Return the columns of a key, which stands beside its column or below all of them."""
    column = rule.find_ancestor(exp.ColumnDef)
    return (column.name,) if column else tuple(name.name for name in rule.find_all(exp.Identifier))


def _read_foreign_keys(create: exp.Create) -> Iterator[ForeignKey]:
    for reference in create.find_all(exp.Reference):
        column, parent = reference.find_ancestor(exp.ColumnDef), reference.this
        if column is None or len(parent.expressions) != 1:
            raise ModelError(
                f"schema.sql: {create.this.this.name}: REFERENCES must stand beside its column and name one"
            )
        yield ForeignKey(column.name, parent.this.name, parent.expressions[0].name)


def write_statement(create: exp.Create) -> str:
    """Return a statement as text."""
    return create.sql("duckdb", comments=False)


def drop_keys(create: exp.Create, *, keep_primary: bool) -> exp.Create:
    """Return a copy of a statement without the constraints that need an index; primary key columns stay NOT NULL.

    With `keep_primary`, a primary key of one column stays.
    """
    bare = create.copy()
    for rule in list(bare.find_all(exp.PrimaryKey, exp.ForeignKey, exp.UniqueColumnConstraint, exp.Reference)):
        (rule.parent if isinstance(rule.parent, exp.ColumnConstraint) else rule).pop()
    for rule in () if keep_primary else list(bare.find_all(exp.PrimaryKeyColumnConstraint)):
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
