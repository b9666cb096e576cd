"""Finds the days whose rows the lake lacks: each carries the mark of the captures and the code that made its rows."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from dagster_project.config import PACKAGE
from dagster_project.lake.fetch_log import CaptureName, open_log
from dagster_project.lake.files import write_atomically
from dagster_project.lake.home import Home
from dagster_project.lake.tables import LakeTables


@cache
def hash_parsing_code() -> str:
    """Return a hash of the code that parses bytes into rows. Days that other code parsed are parsed again."""
    code = hashlib.sha256()
    for file in (PACKAGE / "columns.py", *sorted(PACKAGE.glob("parse/*.py")), *sorted(PACKAGE.glob("validate/*.py"))):
        code.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return code.hexdigest()


def compute_mark(captures: Iterable[CaptureName]) -> str:
    """Return the mark of a day's rows: a hash of the captures' names and of the code that parses them."""
    names = [f"{one.captured_at.isoformat()} {one.archive} {' '.join(one.pages)}" for one in captures]
    return hashlib.sha256("\n".join([hash_parsing_code(), *names]).encode()).hexdigest()


def list_stale_days(home: Home, source: str, days: Sequence[dt.date] | None = None) -> dict[dt.date, list[CaptureName]]:
    """Return the captures of each stale day: one whose rows the lake lacks, or that other captures or code made.

    `days` limits the search, unless the parsing code has changed since it last parsed all days.
    """
    tables = LakeTables(home.lake)
    if days is not None:
        days = sorted(tables.add_damaged(source, days)) if has_current_mark(home, source) else None
    captures = list_captures(home, source, days)
    return {
        day: captures[day] for day in sorted(captures) if tables.read_mark(source, day) != compute_mark(captures[day])
    }


def _find_mark(home: Home, source: str) -> Path:
    """Return the file that holds the hash of the code that last parsed all days of a source."""
    return home.lake / f"{source}.read_by"


def has_current_mark(home: Home, source: str) -> bool:
    """Return whether today's code has parsed all days of a source."""
    mark = _find_mark(home, source)
    return mark.exists() and mark.read_text() == hash_parsing_code()


def note_current_mark(home: Home, source: str) -> None:
    """Note that today's code has parsed all days of a source."""
    if not has_current_mark(home, source):
        write_atomically(_find_mark(home, source), lambda file: file.write(hash_parsing_code().encode()))


def list_captures(home: Home, source: str, days: Sequence[dt.date] | None = None) -> dict[dt.date, list[CaptureName]]:
    """Return the captures of each of `days`, or of all days; a day without captures is left out."""
    return open_log(home, source).list_captures(days)
