"""All captures of one source and day, read and laid over each other.

A day is captured again and again. Every capture keeps its entries, for the votes; of what hardly ever moves
(authors, sections, keywords) only the rows of the last capture that holds the paper are kept. A paper that
vanished from later captures therefore stays.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple

from dagster_project.parse.rows import PARTS_OF_A_PAPER, Day, Entry, Parsed, Reject


class Capture(NamedTuple):
    """A distinct answer of a source for a day: the bytes of its pages, and when its votes were counted (UTC)."""

    captured_at: dt.datetime
    pages: Sequence[bytes]


def parse_day(
    parse: Callable[[Sequence[bytes], Day], Parsed], source: str, listed_on: dt.date, captures: Sequence[Capture]
) -> Parsed:
    """Read the captures of a day, oldest first, into one set of rows; `parse` reads one of them.

    Two captures may share their `captured_at`, when a digest was written again: the later one then speaks for the
    papers that it holds, the earlier one for those that it lost, and only the later one's rejects are still open.
    """
    day = Parsed()
    rejects: dict[dt.datetime, list[Reject]] = {}
    entries: dict[tuple[dt.datetime, str], Entry] = {}
    latest: dict[str, Parsed] = {}
    for capture in captures:
        rows = parse(capture.pages, Day(source, listed_on, capture.captured_at))
        rejects[capture.captured_at] = rows.reject
        for entry in rows.entry:
            entries[entry.captured_at, entry.arxiv_id] = entry
            latest[entry.arxiv_id] = rows
    day.entry += entries.values()
    day.reject += chain.from_iterable(rejects.values())
    for table in PARTS_OF_A_PAPER:
        parts = {id(rows): getattr(rows, table) for rows in latest.values()}.values()
        for part in parts:
            getattr(day, table).extend(row for row in part if getattr(latest[row.arxiv_id], table) is part)
    return day
