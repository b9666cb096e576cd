"""Joins new rows of a day with those that the lake holds: of earlier captures, and of captures that are lost.

Parsing belongs in `parse`; finding lost captures belongs in `pipeline` and `lake.raw`.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from dagster_project.parse.rows import PARTS_OF_A_PAPER, Reject
from dagster_project.validate import schemas
from dagster_project.validate.repeats import keep_text_once
from dagster_project.validate.schemas import make_frame
from dagster_project.validate.split import Frames, sort_frames

RULE = "answer.lost"
"""The rule of a reject for a lost capture of which the lake holds no entry."""
CAPTURE = {"captured_at": pl.Datetime("us"), "archive": pl.String()}
"""The columns that tell the captures of a day apart."""
HELD_BY: dict[str, list[str]] = {
    "entry": ["captured_at", "archive", "arxiv_id"],
    "reject": ["captured_at", "archive"],
    **{table: ["arxiv_id"] for table in PARTS_OF_A_PAPER},
}
"""For each table, the columns by which a new entry replaces an old row, which is then not carried over."""


def join(new: Frames, old: Frames) -> Frames:
    """Return the rows of `new`, and those of `old` that they do not replace, unsorted."""
    return {
        table: pl.concat([rows, old[table].join(new["entry"], on=HELD_BY[table], how="anti")]).unique()
        for table, rows in new.items()
    }


def add_captures(new: Frames, old: Frames) -> Frames:
    """Return the rows of some days, `old`, with those of captures that came later, `new`, unsorted.

    As in `parse.day`, a paper keeps the authors, sections, keywords and categories of the last capture that holds it.
    """
    papers = new["entry"].select("listed_on", "arxiv_id")
    kept = {
        table: rows.join(papers, on=papers.columns, how="anti") if table in PARTS_OF_A_PAPER else rows
        for table, rows in old.items()
    }
    both = {table: pl.concat([kept[table], rows]) for table, rows in new.items()}
    return both | {"reject": keep_text_once(both["reject"])}


def carry_over(
    source: str, day: dt.date, new: Frames, old: Frames, lost: Mapping[tuple[dt.datetime, str], str]
) -> Frames:
    """Return the rows of a day, with the old rows of its lost captures.

    `new` holds the rows of the captures that were read, `old` the rows in the lake, `lost` the reason for each lost
    capture by its `captured_at` and archive. A paper keeps the authors, sections and keywords of one capture only. A
    lost capture without an entry in `old` becomes a reject.
    """
    names = pl.DataFrame(list(lost), schema=CAPTURE, orient="row")
    kept = {table: rows.join(names, on=list(CAPTURE), how="semi") for table, rows in old.items()}
    frames = join(new, kept)
    known = set(old["entry"].select(*CAPTURE).iter_rows())
    unknown = [
        Reject(source, day, *capture, RULE, reason, None, None, None, "")
        for capture, reason in lost.items()
        if capture not in known
    ]
    frames["reject"] = pl.concat([frames["reject"], make_frame(schemas.Reject, unknown)]).unique()
    return sort_frames(frames)
