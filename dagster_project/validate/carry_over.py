"""Keeps the rows of the lake whose capture is lost, and joins rows of a day that come from two places.

Parsing belongs in `parse`; finding lost captures belongs in `pipeline` and `lake.raw`.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from dagster_project.parse.rows import PARTS_OF_A_PAPER, Reject
from dagster_project.validate import schemas
from dagster_project.validate.schemas import make_frame
from dagster_project.validate.split import Frames, sort_frames

RULE = "answer.lost"
"""The rule of a reject for a lost capture of which the lake holds no entry."""
HELD_BY: dict[str, list[str]] = {
    "entry": ["captured_at", "arxiv_id"],
    "reject": ["captured_at"],
    **{table: ["arxiv_id"] for table in PARTS_OF_A_PAPER},
}
"""For each table, the columns by which a new entry replaces an old row, which is then not carried over."""


def join(new: Frames, old: Frames) -> Frames:
    """Return the rows of `new`, and those of `old` that they do not replace, unsorted."""
    return {
        table: pl.concat([rows, old[table].join(new["entry"], on=HELD_BY[table], how="anti")]).unique()
        for table, rows in new.items()
    }


def carry_over(source: str, day: dt.date, new: Frames, old: Frames, lost: Mapping[dt.datetime, str]) -> Frames:
    """Return the rows of a day, with the old rows of its lost captures.

    `new` holds the rows of the captures that were read, `old` the rows in the lake, `lost` the reason for each lost
    capture by its `captured_at`. A paper keeps the authors, sections and keywords of one capture only. A lost capture
    without an entry in `old` becomes a reject.
    """
    kept = {table: rows.filter(pl.col("captured_at").is_in(list(lost))) for table, rows in old.items()}
    frames = join(new, kept)
    known = set(old["entry"]["captured_at"])
    unknown = [
        Reject(source, day, captured_at, RULE, reason, None, None, None, "")
        for captured_at, reason in lost.items()
        if captured_at not in known
    ]
    frames["reject"] = pl.concat([frames["reject"], make_frame(schemas.Reject, unknown)]).unique()
    return sort_frames(frames)
