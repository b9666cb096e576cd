"""How a column of the lake is declared: once, as an annotation of the row class that holds it.

    votes: Annotated[int | None, column("votes; NULL is unknown", least=0)]

The schemas, the SQL types and the data that Dagster shows are all derived from such a declaration. What a table means
stands beside its row class, in the room that fills it; which rows are good belongs in `validate`.
"""

import types
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What is said of a column beside its name and type. Lengths are in characters; bounds are inclusive."""

    description: str
    name: str | None = None
    """The column's name, where the field has another."""
    key: bool = False
    """Whether it is part of the primary key, which is the table's grain."""
    least: int | None = None
    most: int | None = None
    shortest: int | None = None
    longest: int | None = None
    pattern: str | None = None
    is_wide: bool = False
    """Whether a whole number needs 64 bits."""


class Declared(NamedTuple):
    """A column with the Python type of its values, and the field of the row that holds it."""

    field: str
    type: type
    is_nullable: bool
    column: Column


def column(description: str, **rules: Any) -> Column:
    """Return the declaration of a column, for `Annotated`."""
    return Column(description=description, **rules)


def read_columns(row: type) -> dict[str, Declared]:
    """Return the declared columns of a row class, in order; fields without a declaration are no columns."""
    found: dict[str, Declared] = {}
    for field, hint in get_type_hints(row, include_extras=True).items():
        declared = next((extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Column)), None)
        if declared is not None:
            kind, is_nullable = _unwrap(get_args(hint)[0])
            found[declared.name or field] = Declared(field, kind, is_nullable, declared)
    return found


def _unwrap(hint: Any) -> tuple[type, bool]:
    """Return the type of a hint's values, and whether None is one of them."""
    if get_origin(hint) is Annotated:
        return _unwrap(get_args(hint)[0])
    if isinstance(hint, types.UnionType):
        [kind] = [part for part in get_args(hint) if part is not type(None)]
        return kind, True
    return hint, False
