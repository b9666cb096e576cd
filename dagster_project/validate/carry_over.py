"""Carries rows over from the lake where the capture that they were read from is lost.

What bytes say belongs in `parse`; which of them are lost is known to the raw store.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from dagster_project.parse.rows import PARTS_OF_A_PAPER, Reject
from dagster_project.validate import schemas
from dagster_project.validate.schemas import make_frame
from dagster_project.validate.split import Frames, sort_frames

RULE = "answer.lost"
"""The rule of a reject that stands for a capture of which nothing is left."""
HELD_BY: dict[str, list[str]] = {
    "entry": ["captured_at", "arxiv_id"],
    "reject": ["captured_at"],
    **{table: ["arxiv_id"] for table in PARTS_OF_A_PAPER},
}
"""By which columns an entry that is there makes a row of a table unnecessary to carry over."""


def carry_over(source: str, day: dt.date, new: Frames, old: Frames, lost: Mapping[dt.datetime, str]) -> Frames:
    """Return the rows of a day with those of its lost captures beside them.

    `new` are the rows of the captures that are there, `old` what the lake held; `lost` says of each lost capture, by
    its `captured_at`, what became of it. A paper keeps the authors, sections and keywords of one capture, as it does
    where all are there. A capture of which `old` holds no entry either becomes a reject, so that it is known.
    """
    frames: Frames = {}
    for table, rows in new.items():
        kept = old[table].filter(pl.col("captured_at").is_in(list(lost)))
        frames[table] = pl.concat([rows, kept.join(new["entry"], on=HELD_BY[table], how="anti")])
    known = set(old["entry"]["captured_at"])
    unknown = [
        Reject(source, day, captured_at, RULE, reason, None, None, None, "")
        for captured_at, reason in lost.items()
        if captured_at not in known
    ]
    frames["reject"] = pl.concat([frames["reject"], make_frame(schemas.Reject, unknown)]).unique()
    return sort_frames(frames)
