"""The lake's schemas, as the one truth about its columns."""

import datetime as dt

import dataframely as dy
import polars as pl
import pytest
from dagster_project.validate.part import SCHEMAS

from dagster_project.parse import rows
from dagster_project.parse.links import arxiv_id
from dagster_project.validate.schemas import ARXIV_ID, EntryInHand, Fetch

KEY = ["source", "listed_on", "captured_at", "arxiv_id"]
ALL = {**SCHEMAS, "entry in hand": EntryInHand, "fetch": Fetch}


@pytest.mark.parametrize("schema", ALL.values(), ids=ALL)
def test_every_column_says_what_it_means(schema: type[dy.Schema]):
    assert [name for name, column in schema.columns().items() if not column.description] == []


@pytest.mark.parametrize(
    ("row", "schema"),
    [
        (rows.Entry, EntryInHand),
        (rows.Author, SCHEMAS["author"]),
        (rows.Section, SCHEMAS["section"]),
        (rows.Keyword, SCHEMAS["keyword"]),
        (rows.Reject, SCHEMAS["reject"]),
    ],
)
def test_the_parsers_rows_have_the_columns_of_the_lake_in_their_order(row: type[tuple], schema: type[dy.Schema]):
    assert list(row._fields) == schema.column_names()


@pytest.mark.parametrize(
    ("table", "grain"),
    [
        ("entry", KEY),
        ("author", [*KEY, "position"]),
        ("section", [*KEY, "position"]),
        ("keyword", [*KEY, "position"]),
        ("reject", []),
    ],
)
def test_the_key_of_a_table_is_its_grain(table: str, grain: list[str]):
    assert SCHEMAS[table].primary_key() == grain


@pytest.mark.parametrize("table", SCHEMAS)
def test_times_are_in_microseconds_without_a_zone(table: str):
    times = [kind for kind in pl.Schema(SCHEMAS[table]).values() if isinstance(kind, pl.Datetime)]
    assert set(times) == {pl.Datetime("us")}


@pytest.mark.parametrize("known", ["2501.00001", "0704.0001", "math.GT/0309136", "hep-th/9901001"])
def test_every_id_that_a_parser_knows_may_stand_in_the_lake(known: str):
    assert arxiv_id(known) == known
    assert pl.Series([known]).str.contains(ARXIV_ID).all()


FETCH = {
    "source": "digest",
    "date": dt.date(2025, 1, 2),
    "page": 0,
    "url": "https://example.org/2025/01/02.md",
    "fetched_at": dt.datetime(2025, 1, 3),
    "captured_at": dt.datetime(2025, 1, 2, 23),
    "status": 200,
    "etag": None,
    "last_modified": None,
    "sha256": "0" * 64,
    "bytes": 12,
    "items": 1,
    "outcome": "fetched",
    "reason": None,
}


def fetches(**fields: object) -> pl.DataFrame:
    return pl.DataFrame([FETCH | fields], schema=pl.Schema(Fetch))


@pytest.mark.parametrize(
    "fields",
    [{}, {"status": None, "sha256": None, "bytes": None, "items": None}, {"outcome": "failed", "reason": "시간 초과"}],
)
def test_a_fetch_is_recorded(fields: dict[str, object]):
    assert Fetch.is_valid(fetches(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "elsewhere"},
        {"page": -1},
        {"sha256": "0" * 63},
        {"sha256": "Z" * 64},
        {"bytes": -1},
        {"items": -1},
        {"outcome": ""},
        {"url": None},
        {"fetched_at": None},
    ],
)
def test_a_fetch_that_cannot_have_been_is_refused(fields: dict[str, object]):
    assert not Fetch.is_valid(fetches(**fields))
