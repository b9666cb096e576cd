"""Parses the archive's own index, a CSV of `date,title,url`, which checks what its digests list."""

import csv
import datetime as dt
import io

from dagster_project.parse.links import arxiv_id
from dagster_project.parse.rows import IndexEntry, Reject
from dagster_project.parse.text import fold_space


def parse_index(source: str, body: bytes, captured_at: dt.datetime) -> tuple[list[IndexEntry], list[Reject]]:
    """Return the entries and rejects of a source's index. Never raises: an invalid line becomes a reject.

    A reject without a valid date gets the day of the capture (UTC).
    """
    rows: dict[tuple[dt.date, str], IndexEntry] = {}
    rejects: list[Reject] = []
    text = body.decode("utf-8", "backslashreplace").removeprefix("\ufeff").replace("\0", "\\x00")
    for number, line in enumerate(text.splitlines(), start=1):
        fields = _split_fields(line)
        if not line.strip() or (number == 1 and fields[:1] == ["date"]):
            continue
        day, title, paper = _read_fields(fields)
        if day and title and paper and (day, paper) not in rows:
            rows[day, paper] = IndexEntry(source, day, paper, title)
            continue
        twice = bool(day and title and paper)
        rule, reason = (
            ("index_twice", "named twice for its day") if twice else ("index_line", "no date, title and paper")
        )
        listed_on = day or captured_at.date()
        rejects.append(Reject(source, listed_on, captured_at, rule, reason, paper, number, number, line))
    return list(rows.values()), rejects


def _split_fields(line: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line)), [])
    except csv.Error:
        return []


def _read_fields(fields: list[str]) -> tuple[dt.date | None, str, str | None]:
    """Return the day, title and arXiv id of a line; each is empty or None if it cannot be parsed."""
    if len(fields) < 3:
        return None, "", None
    try:
        day = dt.date.fromisoformat(fields[0].strip())
    except ValueError:
        day = None
    return day, fold_space(",".join(fields[1:-1])), arxiv_id(fields[-1])
