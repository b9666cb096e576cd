"""Parses all captures of a source's day, and merges their rows.

The entries of every capture are kept, for their votes. Authors, sections and keywords hardly ever change, so only those
of the last capture that holds the paper are kept. A paper that is missing from later captures stays. The formats belong
in modules of their own.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple

from dagster_project.parse.rows import OWN, PARTS_OF_A_PAPER, Day, Entry, Parsed, Reject


class Capture(NamedTuple):
    """The bytes of the pages that a source gave for a day, when the votes were counted (UTC), and who captured it."""

    captured_at: dt.datetime
    pages: Sequence[bytes]
    archive: str = OWN


def parse_day(
    parse: Callable[[Sequence[bytes], Day], Parsed], source: str, listed_on: dt.date, captures: Sequence[Capture]
) -> Parsed:
    """Return the rows of a day's captures, which are given oldest first; `parse` parses one capture.

    Two captures of an archive share `captured_at` if two commits have one time. Then the later one gives the rows of
    its papers, the earlier one those of papers that the later one lacks, and only the later one's rejects are kept.
    """
    day = Parsed()
    rejects: dict[tuple[dt.datetime, str], list[Reject]] = {}
    entries: dict[tuple[dt.datetime, str, str], Entry] = {}
    latest: dict[str, Parsed] = {}
    for capture in captures:
        rows = parse(capture.pages, Day(source, listed_on, capture.captured_at, capture.archive))
        rejects[capture.captured_at, capture.archive] = rows.reject
        for entry in rows.entry:
            entries[entry.captured_at, entry.archive, entry.arxiv_id] = entry
            latest[entry.arxiv_id] = rows
    day.entry += entries.values()
    day.reject += chain.from_iterable(rejects.values())
    for table in PARTS_OF_A_PAPER:
        parts = {id(rows): getattr(rows, table) for rows in latest.values()}.values()
        for part in parts:
            getattr(day, table).extend(row for row in part if getattr(latest[row.arxiv_id], table) is part)
    return day
