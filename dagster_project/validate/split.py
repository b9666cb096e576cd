"""Splits good rows from rejects: it takes the rows of the parsers, and returns the frames of the lake.

Every row ends up in the frame of its own table, or in `reject` with the rule that it broke. The rules belong in
`schemas`.
"""

import dataframely as dy
import polars as pl

from dagster_project.parse.rows import Parsed
from dagster_project.validate.schemas import TABLES, EntryInHand, Lake, Reject, make_frame

Frames = dict[str, pl.DataFrame]

RAW = "raw"


def split(rows: Parsed) -> Frames:
    """Return one frame for each table, sorted by its key; rows that broke a rule are in `reject`."""
    schemas = TABLES | {"entry": EntryInHand}
    frames = {table: make_frame(schemas[table], found) for table, found in rows.tables()}
    rejects = [frames.pop("reject")]
    lake, failures = Lake.filter(frames)  # pyright: ignore[reportArgumentType] - a frame each, by the table's name
    rejects += [_make_rejects(table, failure) for table, failure in failures.items()]
    good = lake.to_dict()
    kept = {table: good[table].select(TABLES[table].column_names()).collect() for table in failures}
    return sort_frames(kept | {"reject": Reject.validate(pl.concat(rejects))})


def sort_frames(frames: Frames) -> Frames:
    """Return the frames sorted by key, and rejects by position, so that the same rows make the same files."""
    place = ["source", "listed_on", "captured_at", "line_start", "arxiv_id", "rule", "raw"]
    orders = {table: schema.primary_key() or place for table, schema in TABLES.items()}
    return {table: frame.sort(orders[table], nulls_last=True) for table, frame in frames.items()}


def _make_rejects(table: str, failure: dy.FailureInfo) -> pl.DataFrame:
    """Return the failed rows as rejects; a row that broke several rules names them all."""
    rules = list(failure.counts())
    columns = failure.invalid().columns
    own = pl.lit(None, pl.Int32)
    raw = pl.col(RAW) if RAW in columns else pl.struct(columns).struct.json_encode()
    broken = [pl.when(pl.col(rule) == "invalid").then(pl.lit(f"{table}.{rule.replace('|', '.')}")) for rule in rules]
    return failure.details().select(
        "source",
        "listed_on",
        "captured_at",
        pl.concat_str(broken, separator=", ", ignore_nulls=True).alias("rule") if rules else pl.lit("").alias("rule"),
        pl.lit(f"a row of `{table}` breaks the schema").alias("reason"),
        "arxiv_id",
        "line_start" if "line_start" in columns else own.alias("line_start"),
        "line_end" if "line_end" in columns else own.alias("line_end"),
        raw.alias(RAW),
    )
