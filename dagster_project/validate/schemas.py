"""Declares the schemas of the lake's tables: the columns come from the row classes, rules across columns stand here.

Times are UTC without a zone. The primary key of a table is its grain. Splitting good rows from rejects belongs in
`split`.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import dataframely as dy
import polars as pl

from dagster_project.columns import Declared, read_columns
from dagster_project.parse import rows
from dagster_project.parse.links import ARXIV_ID
from dagster_project.sources.archives import Archive as Listed
from dagster_project.sources.attempt import Attempt
from dagster_project.sources.source import Source as Registered

MOST_MARKS = 30
"""The most marks on one letter; no language has more (Unicode's Stream-Safe Text Format allows as many). Search
composes marks, and the time grows with the square of their number."""


LIST = ("source", "listed_on", "captured_at", "archive", "arxiv_id")
"""The columns that tell apart the lists of a paper's parts."""


class Text(dy.String):
    """A text. Its limits count characters, where those of dataframely count bytes."""

    def validation_rules(self, expr: pl.Expr) -> dict[str, pl.Expr]:
        """Return the rules of the column by name."""
        rules = super().validation_rules(expr)
        if self.min_length is not None:
            rules["min_length"] = expr.str.len_chars() >= self.min_length
        if self.max_length is not None:
            rules["max_length"] = expr.str.len_chars() <= self.max_length
        return rules


class SearchedText(Text):
    """A text that search reads: no letter has more than `MOST_MARKS` marks."""

    def validation_rules(self, expr: pl.Expr) -> dict[str, pl.Expr]:
        """Return the rules of the column by name."""
        return super().validation_rules(expr) | {"piled_marks": ~expr.str.contains(rf"\p{{M}}{{{MOST_MARKS + 1}}}")}


def make_column(declared: Declared) -> dy.Column:
    """Return a declared column as a column of dataframely."""
    said = declared.column
    usual: dict[str, Any] = {
        "nullable": declared.is_nullable,
        "primary_key": said.key,
        "description": said.description,
    }
    if declared.type is str:
        kind = SearchedText if said.is_searched else Text
        return kind(min_length=said.shortest, max_length=said.longest, regex=said.pattern, **usual)
    if declared.type is int:
        return (dy.Int64 if said.is_wide else dy.Int32)(min=said.least, max=said.most, **usual)
    if declared.type is dt.datetime:
        return dy.Datetime(time_unit="us", **usual)
    return {bool: dy.Bool, dt.date: dy.Date}[declared.type](**usual)


def make_schema(row: type) -> type[dy.Schema]:
    """Return the schema of the table that a row class declares."""
    columns = {name: make_column(declared) for name, declared in read_columns(row).items()}
    return type(row.__name__, (dy.Schema,), {"__doc__": row.__doc__, **columns})


class Entry(make_schema(rows.Entry)):
    """A paper in one capture of one day's list."""

    @dy.rule()
    def captured_before_listed(cls) -> pl.Expr:
        """A list is never captured before its day begins (UTC)."""
        return pl.col("captured_at") >= pl.col("listed_on").cast(pl.Datetime("us"))


class EntryInHand(Entry):
    """An entry with its raw text, which is needed only if the entry is rejected."""

    raw = dy.String(description="its text as it came")


class Author(make_schema(rows.Author)):
    """A name in an entry's list of authors."""

    @dy.rule()
    def repeated_name(cls) -> pl.Expr:
        """A list holds each name once."""
        return ~pl.struct(*LIST, "name_normalized").is_duplicated()


class Section(make_schema(rows.Section)):
    """A piece of an entry's summary."""


class Keyword(make_schema(rows.Keyword)):
    """A keyword of an entry."""


class Category(make_schema(rows.Category)):
    """A subject of an entry."""


class Reject(make_schema(rows.Reject)):
    """A piece that no table accepted."""


class Index(make_schema(rows.IndexEntry)):
    """A paper that a source's own index names for a day."""


class Fetch(make_schema(Attempt)):
    """An attempt to fetch a day, or a page of it."""


class Source(make_schema(Registered)):
    """A source of the registry."""


class Archive(make_schema(Listed)):
    """An archive whose captures a home holds."""


class Exclusion(dy.Schema):
    """A capture or a paper that an operator took out of every release."""

    kind = dy.String(regex="^(?:capture|paper)$", nullable=False, description="what was taken out")
    source = dy.String(nullable=True, description="name of the source; NULL for a paper")
    listed_on = dy.Date(nullable=True, description="day of the list; NULL for a paper")
    captured_at = dy.Datetime(nullable=True, time_unit="us", description="time of the capture, UTC; NULL for a paper")
    archive = dy.String(nullable=True, description="archive that holds the capture; NULL for a paper")
    arxiv_id = dy.String(
        nullable=True, regex=f"^(?:{ARXIV_ID})$", description="the paper; NULL for a capture, and for what was purged"
    )
    arxiv_id_sha256 = dy.String(nullable=True, description="SHA-256 of the paper's arXiv id; NULL for a capture")
    is_purged = dy.Bool(nullable=False, description="whether it was taken out of raw bytes and history, too")
    reason = dy.String(min_length=1, nullable=False, description="why, in the operator's words")
    excluded_at = dy.Datetime(time_unit="us", nullable=False, description="when it was taken out, UTC")


class Correction(dy.Schema):
    """What an operator says of a paper, in place of what its sources say."""

    arxiv_id = dy.String(primary_key=True, regex=f"^(?:{ARXIV_ID})$", description="the paper")
    field = dy.String(
        primary_key=True,
        regex=f"^(?:{'|'.join(rows.CORRECTED_FIELDS)})$",
        description="what is corrected, as in dim_paper",
    )
    value = dy.String(nullable=True, description="what every release has instead; NULL is unknown")
    reason = dy.String(min_length=1, nullable=False, description="why, in the operator's words")
    corrected_at = dy.Datetime(time_unit="us", nullable=False, description="when it was corrected, UTC")


class Announcement(dy.Schema):
    """A paper that a feed of the site announced: as an entry of its own, or as one of an entry with several."""

    feed = dy.String(primary_key=True, regex=rows.FEED, description="name of the feed")
    arxiv_id = dy.String(primary_key=True, regex=f"^(?:{ARXIV_ID})$", description="the paper")
    number = dy.Int32(min=1, nullable=False, description="number of the entry in its feed; 1 was announced first")
    dated_at = dy.Datetime(time_unit="us", nullable=False, description="date of the entry, UTC, which stays")
    votes = dy.Int32(min=0, nullable=True, description="votes that the entry names, which stay; NULL is unknown")


class Build(dy.Schema):
    """The build of a release: one row."""

    built_at = dy.Datetime(primary_key=True, time_unit="us", description="when it began, UTC: what is later is future")


TABLES: dict[str, type[dy.Schema]] = {
    "entry": Entry,
    "author": Author,
    "section": Section,
    "keyword": Keyword,
    "category": Category,
    "reject": Reject,
}
"""The tables that hold the rows of days."""
LAKE_TABLES: dict[str, type[dy.Schema]] = {
    **TABLES,
    "index": Index,
    "fetch": Fetch,
    "source": Source,
    "archive": Archive,
    "exclusion": Exclusion,
    "correction": Correction,
    "build": Build,
}
"""All tables of the lake; in SQL their names are `lake_<name>`."""

SQL_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.Boolean: "BOOLEAN",
}


def list_sql_columns(schema: type[dy.Schema]) -> dict[str, str]:
    """Return a schema's columns with their SQL types."""
    return {name: SQL_TYPES[kind.base_type()] for name, kind in pl.Schema(schema).items()}


def make_frame(schema: type[dy.Schema], found: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    """Return rows as a frame; the fields of a row must be the columns of the schema, in the same order."""
    wanted = pl.Schema(schema)
    values = dict(zip(wanted, zip(*found, strict=True), strict=True)) if found else None
    return pl.DataFrame(values, schema=wanted)


class Lake(dy.Collection):
    """The tables of some days, and the rules between tables."""

    entry: dy.LazyFrame[EntryInHand]
    author: dy.LazyFrame[Author]
    section: dy.LazyFrame[Section]
    keyword: dy.LazyFrame[Keyword]
    category: dy.LazyFrame[Category]

    @dy.filter()
    def without_entry(self) -> pl.LazyFrame:
        """Every author, section, keyword and category belongs to an entry of the same capture."""
        return self.entry.select(*LIST)
