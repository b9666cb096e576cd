"""The schemas of the lake's tables: every column as its row class declares it."""

import datetime as dt
from dataclasses import fields
from typing import Annotated, NamedTuple

import dataframely as dy
import polars as pl
import pytest

from dagster_project.columns import column, read_columns
from dagster_project.parse import rows
from dagster_project.parse.links import ARXIV_ID, arxiv_id
from dagster_project.sources.archives import Archive
from dagster_project.sources.attempt import Attempt
from dagster_project.sources.registry import SOURCES
from dagster_project.sources.source import Source as Registered
from dagster_project.validate import schemas
from dagster_project.validate.schemas import (
    LAKE_TABLES,
    TABLES,
    EntryInHand,
    Fetch,
    Lake,
    list_sql_columns,
    make_frame,
    make_schema,
)

KEY = ["source", "listed_on", "captured_at", "archive", "arxiv_id"]
ROWS = {
    "entry": rows.Entry,
    "author": rows.Author,
    "section": rows.Section,
    "keyword": rows.Keyword,
    "category": rows.Category,
    "reject": rows.Reject,
    "index": rows.IndexEntry,
    "fetch": Attempt,
    "source": Registered,
    "archive": Archive,
}
"""By table, the class that declares its columns."""


class WantedFetch(dy.Schema):
    source = schemas.Text(regex=r"^[a-z][a-z0-9_]*$", description="name of the source")
    date = dy.Date(description="day that was asked for")
    page = dy.Int32(min=0, description="page, 0 is first")
    url = schemas.Text(description="address that was asked, without what may be secret in it")
    fetched_at = dy.Datetime(time_unit="us", description="when it was asked, UTC")
    captured_at = dy.Datetime(time_unit="us", description="when the answer's votes were counted, UTC")
    time_basis = schemas.Text(
        min_length=1, description="what is known of `captured_at`: measured, committed or assumed"
    )
    archive = schemas.Text(
        regex=r"^[a-z][a-z0-9_]*$", description="archive that holds the capture; `own` is this warehouse"
    )
    commit = schemas.Text(nullable=True, description="commit of the archive")
    path = schemas.Text(nullable=True, description="file in the archive")
    status = dy.Int32(nullable=True, description="HTTP status; NULL without an answer")
    etag = schemas.Text(nullable=True, description="the answer's ETag")
    last_modified = schemas.Text(nullable=True, description="the answer's Last-Modified")
    sha256 = schemas.Text(nullable=True, regex=r"^[0-9a-f]{64}$", description="name of the answer in the raw store")
    bytes = dy.Int64(nullable=True, min=0, description="bytes that were sent; NULL for none")
    items = dy.Int32(nullable=True, min=0, description="papers in the answer, where they can be counted")
    outcome = schemas.Text(min_length=1, description="fetched, unchanged, missing, empty, incomplete, failed or future")
    reason = schemas.Text(nullable=True, description="why, or what was new in the answer, in a line")


class WantedSection(dy.Schema):
    source = schemas.Text(primary_key=True, regex=r"^[a-z][a-z0-9_]*$", description="name of the source")
    listed_on = dy.Date(primary_key=True, description="day whose list it is, as the source dates it")
    captured_at = dy.Datetime(primary_key=True, time_unit="us", description="when the votes were counted, UTC")
    archive = schemas.Text(
        primary_key=True,
        regex=r"^[a-z][a-z0-9_]*$",
        description="archive that holds the capture; `own` is this warehouse",
    )
    arxiv_id = schemas.Text(primary_key=True, regex=f"^(?:{ARXIV_ID})$", description="arXiv id without its version")
    position = dy.Int32(primary_key=True, min=1, description="place in the list, 1 is first")
    heading = schemas.Text(nullable=True, min_length=1, max_length=200, description="canonical heading")
    heading_as_printed = schemas.Text(nullable=True, max_length=200, description="heading as printed")
    text = schemas.SearchedText(max_length=100_000, description="text without its heading")
    language = schemas.Text(nullable=True, regex=r"^[a-z]{2}$", description="`ko`, `en`, `zh`, `ja`, by script")
    line_start = dy.Int32(
        nullable=True, min=1, description="first line in the file; NULL where the format has no lines"
    )
    line_end = dy.Int32(nullable=True, min=1, description="last line in the file; NULL where the format has no lines")


class Invented(NamedTuple):
    """A row of every type."""

    flag: Annotated[bool | None, column("yes or no")]
    count: Annotated[int, column("how many", least=1, most=9)]
    seen_at: Annotated[dt.datetime, column("when", key=True)]
    left_out: str = ""


class WantedInvented(dy.Schema):
    flag = dy.Bool(nullable=True, description="yes or no")
    count = dy.Int32(min=1, max=9, description="how many")
    seen_at = dy.Datetime(time_unit="us", primary_key=True, description="when")


@pytest.mark.parametrize(
    ("row", "wanted"), [(Attempt, WantedFetch), (rows.Section, WantedSection), (Invented, WantedInvented)]
)
def test_every_declared_column_arrives_with_its_type_key_bounds_and_description(row: type, wanted: type[dy.Schema]):
    schema = make_schema(row)
    assert schema.matches(wanted)
    assert schema.column_names() == wanted.column_names()
    assert [column.description for column in schema.columns().values()] == [
        column.description for column in wanted.columns().values()
    ]
    assert schema.__doc__ == row.__doc__


def test_every_table_of_the_lake_has_the_columns_that_its_rows_declare():
    assert {name: schema.column_names() for name, schema in LAKE_TABLES.items()} == {
        **{name: list(read_columns(row)) for name, row in ROWS.items()},
        "exclusion": [
            *("kind", "source", "listed_on", "captured_at", "archive", "arxiv_id", "arxiv_id_sha256", "is_purged"),
            *("reason", "excluded_at"),
        ],
        "correction": ["arxiv_id", "field", "value", "reason", "corrected_at"],
        "build": ["built_at"],
    }


@pytest.mark.parametrize("schema", [*LAKE_TABLES.values(), EntryInHand], ids=lambda schema: schema.__name__)
def test_every_column_says_what_it_means(schema: type[dy.Schema]):
    assert [name for name, column in schema.columns().items() if not column.description] == []


def test_parsed_rows_and_the_tables_and_relations_of_a_day_are_of_the_same_tables():
    assert list(TABLES) == [table.name for table in fields(rows.Parsed)]
    assert Lake.member_schemas() == {
        table: schema for table, schema in (TABLES | {"entry": EntryInHand}).items() if table != "reject"
    }
    assert rows.PARTS_OF_A_PAPER == ("author", "section", "keyword", "category")


def test_an_entry_in_hand_has_its_text_beside_the_columns_of_an_entry():
    assert EntryInHand.column_names() == [*TABLES["entry"].column_names(), "raw"]
    assert list(rows.Entry._fields) == EntryInHand.column_names()


@pytest.mark.parametrize(
    ("table", "grain"),
    [
        ("entry", KEY),
        ("author", [*KEY, "position"]),
        ("section", [*KEY, "position"]),
        ("keyword", [*KEY, "position"]),
        ("category", [*KEY, "position"]),
        ("reject", []),
        ("index", ["source", "listed_on", "arxiv_id"]),
        ("fetch", []),
        ("source", ["source"]),
    ],
)
def test_the_key_of_a_table_is_its_grain(table: str, grain: list[str]):
    assert LAKE_TABLES[table].primary_key() == grain


@pytest.mark.parametrize("table", TABLES)
def test_times_are_in_microseconds_without_a_zone(table: str):
    times = [kind for kind in pl.Schema(TABLES[table]).values() if isinstance(kind, pl.Datetime)]
    assert set(times) == {pl.Datetime("us")}


def test_sql_has_a_type_for_every_column():
    types = {"VARCHAR", "DATE", "TIMESTAMP", "INTEGER", "BIGINT", "BOOLEAN"}
    assert all(set(list_sql_columns(schema).values()) <= types for schema in LAKE_TABLES.values())
    assert list_sql_columns(LAKE_TABLES["source"]) == {
        "source": "VARCHAR",
        "description": "VARCHAR",
        "licence": "VARCHAR",
        "precedence": "INTEGER",
        "first_day": "DATE",
        "is_live": "BOOLEAN",
        "knows_author_order": "BOOLEAN",
        "names_days": "BOOLEAN",
        "lists_papers": "BOOLEAN",
    }
    assert {name: kind for name, kind in list_sql_columns(Fetch).items() if name in ("bytes", "fetched_at")} == {
        "bytes": "BIGINT",
        "fetched_at": "TIMESTAMP",
    }


def test_the_registry_is_a_good_table():
    described = make_frame(schemas.Source, [source.describe() for source in SOURCES.values()])
    assert schemas.Source.is_valid(described)


DAY = rows.Day("digest", dt.date(2025, 1, 2), dt.datetime(2025, 1, 2, 23))
KEYWORD = rows.Keyword(*DAY, "2501.00001", 1, "trees")


def test_rows_make_a_frame_with_the_columns_of_their_schema():
    frame = make_frame(schemas.Keyword, [KEYWORD, KEYWORD._replace(position=2, keyword=None)])
    assert frame.schema == pl.Schema(schemas.Keyword)
    assert frame.rows() == [KEYWORD, KEYWORD._replace(position=2, keyword=None)]


def test_no_rows_make_a_frame_with_those_columns_too():
    assert make_frame(schemas.Keyword, []).equals(pl.DataFrame(schema=pl.Schema(schemas.Keyword)))


def test_a_row_with_too_few_values_makes_no_frame():
    with pytest.raises(ValueError, match="zip"):
        make_frame(schemas.Keyword, [KEYWORD[:-1]])


@pytest.mark.parametrize("known", ["2501.00001", "0704.0001", "math.GT/0309136", "hep-th/9901001"])
def test_every_id_that_a_parser_knows_may_stand_in_the_lake(known: str):
    assert arxiv_id(known) == known
    assert TABLES["keyword"].is_valid(make_frame(schemas.Keyword, [KEYWORD._replace(arxiv_id=known)]))


FETCH = {
    "source": "digest",
    "date": dt.date(2025, 1, 2),
    "page": 0,
    "url": "https://example.org/2025/01/02.md",
    "fetched_at": dt.datetime(2025, 1, 3),
    "captured_at": dt.datetime(2025, 1, 2, 23),
    "time_basis": "assumed",
    "archive": "own",
    "commit": None,
    "path": None,
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
    [
        {},
        {"status": None, "sha256": None, "bytes": None, "items": None},
        {"outcome": "failed", "reason": "시간 초과"},
        {"source": "another_source_2", "bytes": 5 * 1024**3},
        {"archive": "theirs_2", "commit": "0" * 40, "path": "a\ufffd/2025-01-02.md", "time_basis": "committed"},
    ],
)
def test_a_fetch_is_recorded(fields: dict[str, object]):
    assert Fetch.is_valid(fetches(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "../elsewhere"},
        {"source": ""},
        {"page": -1},
        {"sha256": "0" * 63},
        {"sha256": "Z" * 64},
        {"bytes": -1},
        {"items": -1},
        {"outcome": ""},
        {"url": None},
        {"fetched_at": None},
        {"archive": None},
        {"archive": "../elsewhere"},
        {"time_basis": ""},
    ],
)
def test_a_fetch_that_cannot_have_been_is_refused(fields: dict[str, object]):
    assert not Fetch.is_valid(fetches(**fields))
