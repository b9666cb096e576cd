"""Parts good rows from rejects: the parsers' batches go in, the lake's frames come out.

Every row that goes in is in one of the five frames that come out: its own table, or `reject` with its rule.
"""

from collections.abc import Iterable
from typing import Any, cast

import dataframely as dy
import polars as pl
import pyarrow as pa

from dagster_project.parse.batches import to_tables
from dagster_project.validate.schemas import Author, Entry, EntryInHand, Keyword, Lake, Reject, Section

SCHEMAS: dict[str, type[dy.Schema]] = {
    "entry": Entry,
    "author": Author,
    "section": Section,
    "keyword": Keyword,
    "reject": Reject,
}
Frames = dict[str, pl.DataFrame]

RAW = "raw"


def part(batches: Iterable[pa.RecordBatch]) -> Frames:
    """Return one frame a table of the lake, sorted by its key, with all that broke a rule in `reject`."""
    rows = to_tables(batches)
    lake, failures = Lake.filter(
        {
            "entry": _frame(rows["entry"], pl.Schema(EntryInHand)),
            "author": _frame(rows["author"], pl.Schema(Author)),
            "section": _frame(rows["section"], pl.Schema(Section)),
            "keyword": _frame(rows["keyword"], pl.Schema(Keyword)),
        }
    )
    rejects = [_frame(rows["reject"], pl.Schema(Reject))]
    rejects += [_rejects(table, failure) for table, failure in failures.items()]
    good = lake.to_dict()
    frames = {table: good[table].select(SCHEMAS[table].column_names()).collect() for table in failures}
    return in_order(frames | {"reject": Reject.validate(pl.concat(rejects))})


def in_order(frames: Frames) -> Frames:
    """Return the frames sorted by their keys, rejects by where they stood: the same rows make the same files."""
    place = ["source", "listed_on", "captured_at", "line_start", "arxiv_id", "rule", "raw"]
    orders = {table: schema.primary_key() or place for table, schema in SCHEMAS.items()}
    return {table: frame.sort(orders[table], nulls_last=True) for table, frame in frames.items()}


def _frame(rows: pa.Table, schema: Any) -> pl.DataFrame:
    return cast("pl.DataFrame", pl.from_arrow(rows, schema=schema))


def _rejects(table: str, failure: dy.FailureInfo) -> pl.DataFrame:
    """Return the rows that failed as rejects; one that broke several rules names them all."""
    details = failure.details()
    rules = list(failure.counts())
    columns = failure.invalid().columns
    own = pl.lit(None, pl.Int32)
    raw = pl.col(RAW) if RAW in columns else pl.struct(columns).struct.json_encode()
    return details.select(
        "source",
        "listed_on",
        "captured_at",
        pl.concat_str(
            [pl.when(pl.col(rule) == "invalid").then(pl.lit(f"{table}.{rule.replace('|', '.')}")) for rule in rules],
            separator=", ",
            ignore_nulls=True,
        ).alias("rule")
        if rules
        else pl.lit("").alias("rule"),
        pl.lit(f"a row of `{table}` breaks the schema").alias("reason"),
        "arxiv_id",
        "line_start" if "line_start" in columns else own.alias("line_start"),
        "line_end" if "line_end" in columns else own.alias("line_end"),
        raw.alias(RAW),
    )
