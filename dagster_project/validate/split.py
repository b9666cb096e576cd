"""Splits good rows from rejects: it takes the rows of the parsers, and returns the frames of the lake.

Every row ends up in the frame of its own table, or in `reject` with the rule that it broke. A field that can be mended
does not cost its row: the row keeps NULL, or as much of a required text as the rule allows, and the field is a reject
of its own. The rules belong in `schemas`.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import dataframely as dy
import polars as pl

from dagster_project.parse.rows import Parsed
from dagster_project.validate.repeats import keep_text_once
from dagster_project.validate.schemas import MOST_MARKS, TABLES, EntryInHand, Lake, Reject, Text, make_frame

Frames = dict[str, pl.DataFrame]

RAW = "raw"


def split(rows: Parsed) -> Frames:
    """Return one frame for each table, sorted by its key; rows and fields that broke a rule are in `reject`.

    A day's rejects keep the text that they share once.
    """
    schemas = TABLES | {"entry": EntryInHand}
    frames = {table: make_frame(schemas[table], found) for table, found in rows.tables()}
    rejects = [frames.pop("reject")]
    for table, frame in frames.items():
        frames[table], broken = _mend_fields(table, frame)
        rejects += broken
    lake, failures = Lake.filter(frames)  # pyright: ignore[reportArgumentType] - a frame each, by the table's name
    rejects += [_make_row_rejects(table, failure) for table, failure in failures.items() if len(failure)]
    good = lake.to_dict()
    kept = {table: good[table].select(TABLES[table].column_names()).collect() for table in failures}
    return sort_frames(kept | {"reject": keep_text_once(Reject.validate(pl.concat(rejects)))})


def list_broken_days(rejects: pl.DataFrame) -> set[dt.date]:
    """Return the days of which a row or a field broke a rule of its table."""
    of_tables = pl.any_horizontal(pl.col("rule").str.starts_with(f"{table}.") for table in TABLES)
    return set(rejects.filter(of_tables)["listed_on"])


def sort_frames(frames: Frames) -> Frames:
    """Return the frames sorted by key, and rejects by position, so that the same rows make the same files."""
    place = ["source", "listed_on", "captured_at", "archive", "line_start", "arxiv_id", "rule", "raw", "reason"]
    orders = {table: schema.primary_key() or place for table, schema in TABLES.items()}
    return {table: frame.sort(orders[table], nulls_last=True) for table, frame in frames.items()}


class _Mend(NamedTuple):
    """What mends a column of a table."""

    reason: str
    rules: Mapping[str, pl.Expr]
    """Which rules a field breaks."""
    is_broken: pl.Expr
    """Whether a field breaks a rule, and can be mended."""
    mended: pl.Expr
    """The column, with what replaces the fields that break a rule."""


def _mend_fields(table: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Return the frame with mended fields, and the rejects of the fields that were mended, a frame a column."""
    mends = _list_mends(table)
    # Hardly any field is broken: one query finds out for all columns.
    found = frame.select(mend.is_broken.any().alias(name) for name, mend in mends.items()).to_dict()
    broken = {name: mend for name, mend in mends.items() if found[name].item()}
    rejects = [
        _make_rejects(
            table, frame.filter(mend.is_broken), mend.rules, mend.reason, pl.struct(name).struct.json_encode()
        )
        for name, mend in broken.items()
    ]
    return frame.with_columns(mend.mended for mend in broken.values()), rejects


@cache
def _list_mends(table: str) -> dict[str, _Mend]:
    """Return what mends each column of a table of which a field can be mended, by the column's name."""
    mends: dict[str, _Mend] = {}
    for name, column in TABLES[table].columns().items():
        change = _mend(table, name, column)
        rules = {f"{name}.{rule}": ~holds for rule, holds in column.validation_rules(pl.col(name)).items()}
        if change is None or not rules:
            continue
        is_broken = pl.any_horizontal(*rules.values()).fill_null(value=False) & change.ne_missing(pl.col(name))
        reason = f"`{name}` breaks the schema; the row is kept {'without it' if column.nullable else 'with a part'}"
        mended = pl.when(is_broken).then(change).otherwise(pl.col(name)).alias(name)
        mends[name] = _Mend(reason, rules, is_broken, mended)
    return mends


def _mend(table: str, name: str, column: dy.Column) -> pl.Expr | None:
    """Return what replaces a field that breaks a rule: NULL, or a text cut to the limits; None if nothing can.

    Only an entry's text is cut, since the votes hang on it: a cut name would be another person's.
    """
    if column.nullable:
        return pl.lit(None, column.dtype)
    if table == "entry" and isinstance(column, Text) and column.max_length:
        unpiled = pl.col(name).str.replace_all(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}+", "${1}")
        return unpiled.str.slice(0, column.max_length).str.strip_chars_end()
    return None


def _make_row_rejects(table: str, failure: dy.FailureInfo) -> pl.DataFrame:
    """Return the failed rows as rejects."""
    columns = failure.invalid().columns
    rules = {rule.replace("|", "."): pl.col(rule) == "invalid" for rule in failure.counts()}
    raw = pl.col(RAW) if RAW in columns else pl.struct(columns).struct.json_encode()
    return _make_rejects(table, failure.details(), rules, f"a row of `{table}` breaks the schema", raw)


def _make_rejects(
    table: str, rows: pl.DataFrame, rules: Mapping[str, pl.Expr], reason: str, raw: pl.Expr
) -> pl.DataFrame:
    """Return a reject for each row; `rules` says which rules a row broke, and all of them are named."""
    own = pl.lit(None, pl.Int32)
    broken = [pl.when(is_broken).then(pl.lit(f"{table}.{rule}")) for rule, is_broken in rules.items()]
    return rows.select(
        "source",
        "listed_on",
        "captured_at",
        "archive",
        pl.concat_str(broken, separator=", ", ignore_nulls=True).alias("rule") if broken else pl.lit("").alias("rule"),
        pl.lit(reason).alias("reason"),
        "arxiv_id",
        "line_start" if "line_start" in rows.columns else own.alias("line_start"),
        "line_end" if "line_end" in rows.columns else own.alias("line_end"),
        raw.alias(RAW),
    )
