"""Carries rows over from the lake where the answer that they were read from is lost.

What bytes say belongs in `parse`; which of them are lost is the raw store's to know.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from dagster_project.parse.rows import Reject
from dagster_project.validate.part import SCHEMAS, Frames, in_order

RULE = "answer.lost"
"""The rule of a reject that stands for an answer of which nothing is left."""


def carry_over(source: str, day: dt.date, new: Frames, old: Frames, lost: Mapping[dt.datetime, str]) -> Frames:
    """Return the rows of a day with those of its lost answers beside them.

    `new` are the rows of the answers that are there, `old` what the lake held; `lost` says of each lost answer, by
    its `captured_at`, what became of it. A paper keeps the authors, sections and keywords of one answer, as it does
    where all are there. An answer of which `old` holds no entry either becomes a reject, so that it is known.
    """
    held_by = {table: ["arxiv_id"] for table in SCHEMAS}
    held_by |= {"entry": ["captured_at", "arxiv_id"], "reject": ["captured_at"]}
    frames: Frames = {}
    for table, rows in new.items():
        kept = old[table].filter(pl.col("captured_at").is_in(list(lost)))
        frames[table] = pl.concat([rows, kept.join(new["entry"], on=held_by[table], how="anti")])
    known = set(old["entry"]["captured_at"])
    unknown = [
        Reject(source, day, captured_at, RULE, reason, None, None, None, "")
        for captured_at, reason in lost.items()
        if captured_at not in known
    ]
    schema = pl.Schema(SCHEMAS["reject"])
    frames["reject"] = pl.concat([frames["reject"], pl.DataFrame(unknown, schema=schema, orient="row")]).unique()
    return in_order(frames)
