"""Captures that an operator took out of every later release, with the reason. Their bytes and rows stay.

What an exclusion does to a release belongs in `sql/`.
"""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from dagster_project.errors import ExclusionError
from dagster_project.lake.fetch_log import FetchLog
from dagster_project.lake.files import EXCLUDED, add_columns, scan, write_parquet_atomically
from dagster_project.lake.home import Home
from dagster_project.lake.raw import RawStore
from dagster_project.parse.rows import OWN
from dagster_project.validate.schemas import Exclusion, make_frame

Place = tuple[dt.datetime, str]
"""Time (UTC) and archive of a capture."""


def read_exclusions(home: Home) -> pl.DataFrame:
    """Return all exclusions, sorted by capture."""
    file = _find_file(home)
    return scan([file]).collect() if file.exists() else make_frame(Exclusion, [])


def add_archive_column(home: Home) -> None:
    """Complete the exclusions of an older release, all of which are of our own captures."""
    if (file := _find_file(home)).exists():
        add_columns(file, pl.Schema(Exclusion), {"archive": OWN})


def exclude_capture(
    home: Home, source: str, day: dt.date, time: str, reason: str, now: dt.datetime, archive: str | None = None
) -> Place:
    """Exclude the capture of a day whose time (UTC, ISO 8601) begins with `time`; return its whole time and archive.

    Raises:
        ExclusionError: no capture of that day has this time, or several have.
    """
    log = FetchLog(home.fetch_log, source, RawStore(home.raw))
    known = [(capture.captured_at, capture.archive) for capture in log.list_captures([day]).get(day, [])]
    place = _find_place(known, time, archive, f"{source} {day}")
    others = read_exclusions(home).filter(~_is_capture(source, day, place))
    _write(home, pl.concat([others, make_frame(Exclusion, [(source, day, *place, reason, now)])]))
    return place


def include_capture(home: Home, source: str, day: dt.date, time: str, archive: str | None = None) -> Place:
    """Take an exclusion back, and return the time and archive of its capture.

    Raises:
        ExclusionError: no excluded capture of that day has this time, or several have.
    """
    exclusions = read_exclusions(home)
    of_day = exclusions.filter(pl.col("source") == source, pl.col("listed_on") == day)
    known = list(of_day.select("captured_at", "archive").iter_rows())
    place = _find_place(known, time, archive, f"excluded {source} {day}")
    _write(home, exclusions.filter(~_is_capture(source, day, place)))
    return place


def _is_capture(source: str, day: dt.date, place: Place) -> pl.Expr:
    same_list = (pl.col("source") == source) & (pl.col("listed_on") == day)
    return same_list & (pl.col("captured_at") == place[0]) & (pl.col("archive") == place[1])


def _find_place(known: Iterable[Place], time: str, archive: str | None, what: str) -> Place:
    """Return the one known place whose time begins with `time`, and whose archive is `archive` if one is named."""
    wanted = time.strip().replace(" ", "T").removesuffix("Z")
    places = sorted(set(known))
    found = [place for place in places if place[0].isoformat().startswith(wanted) and archive in (None, place[1])]
    if len(found) != 1:
        times = ", ".join(f"{at.isoformat()} of {holder}" for at, holder in places) or "none"
        raise ExclusionError(f"{len(found)} captures of {what} have the time {time}; there are: {times}")
    return found[0]


def _find_file(home: Home) -> Path:
    return home.exclusions / "all" / f"{EXCLUDED}.parquet"


def _write(home: Home, exclusions: pl.DataFrame) -> None:
    write_parquet_atomically(_find_file(home), Exclusion.validate(exclusions.sort(Exclusion.primary_key())))
