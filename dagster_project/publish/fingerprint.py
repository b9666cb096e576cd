"""A mark of all that a release is built from: where it stands as before, there is nothing to publish."""

import hashlib
from pathlib import Path

import polars as pl

from dagster_project.config import SQL
from dagster_project.lake.home import Home
from dagster_project.lake.tables import LakeTables
from dagster_project.sources.registry import SOURCES

ASKED_LATER = ("queries", "dashboard")
"""Folders of SQL that only reads a release."""


def fingerprint(home: Home, records: pl.DataFrame, sql: Path = SQL) -> str:
    """Return the mark of the lake, of what is known about fetches, and of the SQL.

    `records` are all fetch attempts. One that only repeats what was known adds nothing to the mark, except for a day on
    which the votes of a live source were seen to stand still: that day is a row of `fact_vote_day`.
    """
    mark = hashlib.sha256()
    for file in sorted(sql.rglob("*.sql")):
        if file.parent.name not in ASKED_LATER:
            mark.update(f"{file.relative_to(sql)}\0{file.read_text(encoding='utf-8')}\0".encode())
    # Not the files: days that are gathered into a month stay the same days.
    tables = LakeTables(home.lake)
    for day in sorted(tables.read_all_marks()):
        mark.update(repr(day).encode())
    for source in SOURCES.values():
        mark.update(repr((source.describe(), tables.index_made_from(source.name))).encode())
    for row in _select_news(records).iter_rows():
        mark.update(repr(row).encode())
    return mark.hexdigest()


def _select_news(records: pl.DataFrame) -> pl.DataFrame:
    """Return what the attempts tell, each fact once."""
    known = ["source", "date", "page", "outcome", "sha256", "reason"]
    live = [source.name for source in SOURCES.values() if source.is_live]
    observed_on = pl.when(pl.col("source").is_in(live)).then(pl.col("captured_at").dt.date()).alias("observed_on")
    news = records.filter(pl.col("outcome") != "unchanged").select(*known)
    stood_still = records.filter(pl.col("sha256").is_not_null()).select("source", "date", observed_on)
    return pl.concat([news.unique(), stood_still.unique()], how="diagonal").sort(pl.all(), nulls_last=True)
