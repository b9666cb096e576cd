"""Computes the fingerprint of all that a release is built from: if it is unchanged, there is nothing to publish."""

import datetime as dt
import hashlib
from pathlib import Path

import polars as pl

from dagster_project.config import SQL
from dagster_project.lake.archive_list import read_archives
from dagster_project.lake.corrections import read_corrections
from dagster_project.lake.exclusions import read_exclusions
from dagster_project.lake.home import Home
from dagster_project.lake.tables import LakeTables
from dagster_project.models.catalog import QUESTIONS
from dagster_project.sources.registry import SOURCES


def compute_fingerprint(home: Home, records: pl.DataFrame, now: dt.datetime, sql: Path = SQL) -> str:
    """Return a hash of all from which a release at `now` (UTC) is made: lake, attempts, the operator's word and SQL.

    `records` holds all fetch attempts. An attempt that repeats known facts does not change the hash, with one
    exception: it may observe on a new day that the votes of a live source have not moved, and `fact_vote_day` has a row
    for that day.
    """
    mark = hashlib.sha256()
    for file in sorted(sql.rglob("*.sql")):
        if file.parent.name not in QUESTIONS:
            mark.update(f"{file.relative_to(sql)}\0{file.read_text(encoding='utf-8')}\0".encode())
    # Hash the days and not the files: merging days into a month changes no row.
    tables = LakeTables(home.lake)
    for day in sorted(tables.read_all_marks()):
        mark.update(repr(day).encode())
    for source in SOURCES.values():
        mark.update(repr((source.describe(), tables.read_index_mark(source.name))).encode())
    for row in _select_news(records).iter_rows():
        mark.update(repr(row).encode())
    for rows in (read_exclusions(home), read_archives(home), read_corrections(home)):
        for row in rows.iter_rows():
            mark.update(repr(row).encode())
    mark.update(repr(records.filter(pl.col("captured_at") > now).height).encode())
    return mark.hexdigest()


def _select_news(records: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct facts of the attempts.

    Of a failure only its HTTP status is one: its reason may name seconds, and no row comes from its bytes.
    """
    failed = pl.col("outcome") == "failed"
    facts = {"status": failed, "sha256": ~failed, "reason": ~failed}
    records = records.with_columns(pl.when(is_fact).then(name).alias(name) for name, is_fact in facts.items())
    known = ["source", "date", "page", "archive", "commit", "path", "outcome", *facts]
    live = [source.name for source in SOURCES.values() if source.is_live]
    observed_on = pl.when(pl.col("source").is_in(live)).then(pl.col("captured_at").dt.date()).alias("observed_on")
    news = records.filter(pl.col("outcome") != "unchanged").select(*known)
    stood_still = records.filter(pl.col("sha256").is_not_null()).select("source", "date", observed_on)
    return pl.concat([news.unique(), stood_still.unique()], how="diagonal").sort(pl.all(), nulls_last=True)
