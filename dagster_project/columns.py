"""Declares the columns of the lake: each once, as an annotation in its row class.

    votes: Annotated[int | None, column("votes; NULL is unknown", least=0)]

The schemas, the SQL types and the columns that Dagster shows are derived from these declarations. A row class belongs
in the package that fills its table; the rules for good rows belong in `validate`.
"""

import types
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The description and rules of a column. Lengths are in characters; bounds are inclusive."""

    description: str
    name: str | None = None
    """The column's name, if it differs from the field's."""
    key: bool = False
    """Whether the column is part of the primary key, which is the table's grain."""
    least: int | None = None
    most: int | None = None
    shortest: int | None = None
    longest: int | None = None
    pattern: str | None = None
    is_searched: bool = False
    """Whether search reads the text."""
    is_wide: bool = False
    """Whether an integer needs 64 bits."""


class Declared(NamedTuple):
    """A column with the Python type of its values and the name of its field."""

    field: str
    type: type
    is_nullable: bool
    column: Column


def column(description: str, **rules: Any) -> Column:
    """Return a column's declaration, to be used in `Annotated`."""
    return Column(description=description, **rules)


def read_columns(row: type) -> dict[str, Declared]:
    """Return the columns that a row class declares, by name, in order. A field without a declaration is no column."""
    found: dict[str, Declared] = {}
    for field, hint in get_type_hints(row, include_extras=True).items():
        declared = next((extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Column)), None)
        if declared is not None:
            kind, is_nullable = _unwrap(get_args(hint)[0])
            found[declared.name or field] = Declared(field, kind, is_nullable, declared)
    return found


def _unwrap(hint: Any) -> tuple[type, bool]:
    """Return the type of a hint's values, and whether they may be None."""
    if get_origin(hint) is Annotated:
        return _unwrap(get_args(hint)[0])
    if isinstance(hint, types.UnionType):
        [kind] = [part for part in get_args(hint) if part is not type(None)]
        return kind, True
    return hint, False
