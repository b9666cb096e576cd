"""Captures that an operator took out of every later release, with the reason. Their bytes and rows stay.

What an exclusion does to a release belongs in `sql/`.
"""

import datetime as dt
from pathlib import Path

import polars as pl

from dagster_project.errors import ExclusionError
from dagster_project.lake.fetch_log import FetchLog
from dagster_project.lake.files import EXCLUDED, scan, write_parquet_atomically
from dagster_project.lake.home import Home
from dagster_project.lake.raw import RawStore
from dagster_project.validate.schemas import Exclusion, make_frame


def read_exclusions(home: Home) -> pl.DataFrame:
    """Return all exclusions, sorted by capture."""
    file = _find_file(home)
    return scan([file]).collect() if file.exists() else make_frame(Exclusion, [])


def exclude_capture(home: Home, source: str, day: dt.date, time: str, reason: str, now: dt.datetime) -> dt.datetime:
    """Exclude the capture of a day whose time (UTC, ISO 8601) begins with `time`, and return its whole time.

    Raises:
        ExclusionError: no capture of that day has this time, or several have.
    """
    log = FetchLog(home.fetch_log, source, RawStore(home.raw))
    known = [capture.captured_at for capture in log.list_captures([day]).get(day, [])]
    captured_at = _find_time(known, time, f"{source} {day}")
    others = read_exclusions(home).filter(~_is_capture(source, day, captured_at))
    _write(home, pl.concat([others, make_frame(Exclusion, [(source, day, captured_at, reason, now)])]))
    return captured_at


def include_capture(home: Home, source: str, day: dt.date, time: str) -> dt.datetime:
    """Take an exclusion back, and return the time of its capture.

    Raises:
        ExclusionError: no excluded capture of that day has this time, or several have.
    """
    exclusions = read_exclusions(home)
    of_day = exclusions.filter(pl.col("source") == source, pl.col("listed_on") == day)
    captured_at = _find_time(of_day["captured_at"].to_list(), time, f"excluded {source} {day}")
    _write(home, exclusions.filter(~_is_capture(source, day, captured_at)))
    return captured_at


def _is_capture(source: str, day: dt.date, captured_at: dt.datetime) -> pl.Expr:
    same_list = (pl.col("source") == source) & (pl.col("listed_on") == day)
    return same_list & (pl.col("captured_at") == captured_at)


def _find_time(known: list[dt.datetime], time: str, what: str) -> dt.datetime:
    """Return the one known time that begins with `time`."""
    wanted = time.strip().replace(" ", "T").removesuffix("Z")
    found = sorted({one for one in known if one.isoformat().startswith(wanted)})
    if len(found) != 1:
        times = ", ".join(one.isoformat() for one in sorted(set(known))) or "none"
        raise ExclusionError(f"{len(found)} captures of {what} have the time {time}; there are: {times}")
    return found[0]


def _find_file(home: Home) -> Path:
    return home.exclusions / "all" / f"{EXCLUDED}.parquet"


def _write(home: Home, exclusions: pl.DataFrame) -> None:
    write_parquet_atomically(_find_file(home), Exclusion.validate(exclusions.sort(Exclusion.primary_key())))
