"""Parses the archive's own index, a CSV of `date,title,url`, which checks what its digests list."""

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence

from dagster_project.parse.links import arxiv_id
from dagster_project.parse.rows import OWN, IndexEntry, Reject
from dagster_project.parse.text import fold_text


def parse_index(source: str, body: bytes, captured_at: dt.datetime) -> tuple[list[IndexEntry], list[Reject]]:
    """Return the entries and rejects of a source's index. Never raises: an invalid line becomes a reject.

    A reject without a valid date gets the day of the capture (UTC).
    """
    rows: dict[tuple[dt.date, str], IndexEntry] = {}
    rejects: list[Reject] = []
    text = body.decode("utf-8", "backslashreplace").removeprefix("\ufeff").replace("\0", "\\x00")
    for start, end, raw, fields in _split_records(list(io.StringIO(text, newline=""))):
        if not raw.strip() or (start == 1 and fields[:1] == ["date"]):
            continue
        day, title, paper = _read_fields(fields)
        if day and title and paper and (day, paper) not in rows:
            rows[day, paper] = IndexEntry(source, day, paper, title)
            continue
        missing = [name for name, found in (("date", day), ("title", title), ("paper", paper)) if not found]
        rule, reason = (
            ("index_line", f"no {' and no '.join(missing)}") if missing else ("index_twice", "named twice for its day")
        )
        listed_on = day or captured_at.date()
        rejects.append(Reject(source, listed_on, captured_at, OWN, rule, reason, paper, start, end, raw))
    return list(rows.values()), rejects


def _split_records(lines: Sequence[str]) -> Iterator[tuple[int, int, str, list[str]]]:
    """Yield the first and last line, the text and the fields of each record (RFC 4180); lines count from 1.

    A quoted field may hold line breaks. A quote that nobody closed must not swallow other records, so a record of
    several lines is one only if it names a paper, and none of its further lines does so alone. The time is linear: the
    lines from one with an odd number of quotes to the next are looked at twice.
    """
    start = 0
    while start < len(lines):
        end = start + 1
        if lines[start].count('"') % 2:
            further = (place for place in range(start + 1, len(lines)) if lines[place].count('"') % 2)
            end = next(further, start) + 1
        fields, length = _read_record(lines[start:end])
        if length > 1:
            alone = (_read_record([line])[0] for line in lines[start + 1 : start + length])
            if not all(_read_fields(fields)) or any(all(_read_fields(found)) for found in alone):
                fields, length = _read_record(lines[start : start + 1])
        yield start + 1, start + length, "".join(lines[start : start + length]).rstrip("\r\n"), fields
        start += length


def _read_record(lines: Sequence[str]) -> tuple[list[str], int]:
    """Return the fields of the first record, none if it cannot be parsed, and the number of its lines."""
    reader = csv.reader(lines)
    try:
        return next(reader, []), reader.line_num
    except csv.Error:
        return [], 1


def _read_fields(fields: list[str]) -> tuple[dt.date | None, str, str | None]:
    """Return the day, title and arXiv id of a line; each is empty or None if it cannot be parsed."""
    if len(fields) < 3:
        return None, "", None
    try:
        day = dt.date.fromisoformat(fields[0].strip())
    except ValueError:
        day = None
    return day, fold_text(",".join(fields[1:-1])), arxiv_id(fields[-1])
