"""A mark of all that a release is built from: where it stands as before, there is nothing to publish."""

import hashlib
from pathlib import Path

import polars as pl

from dagster_project.config import SQL
from dagster_project.lake.home import Home
from dagster_project.lake.tables import LakeTables

ASKED_LATER = ("queries", "dashboard")
"""Folders of SQL that only reads a release."""


def fingerprint(home: Home, records: pl.DataFrame, sql: Path = SQL) -> str:
    """Return the mark of the lake, of what is known about fetches, and of the SQL.

    `records` are all attempts to fetch. One that only says again what was known adds nothing to the mark, but for a
    day on which the API's votes were seen to stand still: that day is a row of `fact_vote_day`.
    """
    mark = hashlib.sha256()
    for file in sorted(sql.rglob("*.sql")):
        if file.parent.name not in ASKED_LATER:
            mark.update(f"{file.relative_to(sql)}\0{file.read_text(encoding='utf-8')}\0".encode())
    # Not the files: days that are gathered into a month stay the same days.
    tables = LakeTables(home.lake)
    for day in sorted(tables.all_marks()):
        mark.update(repr(day).encode())
    mark.update(repr(tables.index_made_from()).encode())
    for row in _news(records).iter_rows():
        mark.update(repr(row).encode())
    return mark.hexdigest()


def _news(records: pl.DataFrame) -> pl.DataFrame:
    """Return what the attempts say, each thing once."""
    known = ["source", "date", "page", "outcome", "sha256", "reason"]
    seen_on = pl.when(source="huggingface").then(pl.col("captured_at").dt.date()).alias("seen_on")
    said = records.filter(pl.col("outcome") != "unchanged").select(*known)
    stood_still = records.filter(pl.col("sha256").is_not_null()).select("source", "date", seen_on)
    return pl.concat([said.unique(), stood_still.unique()], how="diagonal").sort(pl.all(), nulls_last=True)
