"""A column is declared once, beside the field that holds it, and read back as it was declared."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import pytest

from dagster_project.columns import Column, Declared, column, read_columns

Name = Annotated[str, column("what it is called", key=True, shortest=1, longest=40, pattern="^[a-z]+$")]


class Row(NamedTuple):
    name: Name
    day: Annotated[dt.date, column("its day", key=True)]
    votes: Annotated[int | None, column("votes", least=0, most=9)] = None
    note: str = ""
    size: Annotated[int | None, column("bytes", name="bytes", is_wide=True)] = None
    """The name of a column may be another than the field's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    is_live: Annotated[bool, column("whether it moves")] = False
    body: bytes | None = None
    name: Name


def test_columns_are_read_in_the_order_of_the_fields():
    assert read_columns(Row) == {
        "name": Declared(
            "name",
            str,
            is_nullable=False,
            column=Column(description="what it is called", key=True, shortest=1, longest=40, pattern="^[a-z]+$"),
        ),
        "day": Declared("day", dt.date, is_nullable=False, column=Column(description="its day", key=True)),
        "votes": Declared("votes", int, is_nullable=True, column=Column(description="votes", least=0, most=9)),
        "bytes": Declared(
            "size", int, is_nullable=True, column=Column(description="bytes", name="bytes", is_wide=True)
        ),
    }


def test_a_dataclass_declares_columns_too():
    assert {name: declared.type for name, declared in read_columns(Record).items()} == {"is_live": bool, "name": str}


def test_a_class_without_declarations_has_no_columns():
    assert read_columns(Declared) == {}


def test_a_rule_that_there_is_not_is_refused():
    with pytest.raises(TypeError, match="smallest"):
        column("votes", smallest=0)


class Torn(NamedTuple):
    either: Annotated[int | str, column("a number or a word")]


def test_a_column_of_two_types_is_refused():
    with pytest.raises(ValueError, match="unpack"):
        read_columns(Torn)
