"""Says of what a home holds captures, and when each source or archive answered last.

What is asked for belongs in `build`, and when in `schedules`.
"""

import datetime as dt
from collections.abc import Iterable

import polars as pl

from dagster_project.config import Settings
from dagster_project.lake.archive_list import read_archives
from dagster_project.lake.fetch_log import open_log
from dagster_project.lake.home import Home
from dagster_project.sources.archives import MARKER, load_archives
from dagster_project.sources.attempt import Outcome
from dagster_project.sources.registry import ASKED


def list_held(home: Home, settings: Settings) -> tuple[list[str], list[str]]:
    """Return the sources of which a home holds real captures, and the listed archives of which it does.

    Raises:
        SettingsError: the list of archives is not valid.
    """
    sources, read = list[str](), list[str]()
    if home.read_contents() == "real":
        sources = [name for name in ASKED if open_log(home, name).read_own().height]
        read = read_archives(home)["archive"].to_list()
    return sources, [name for name in load_archives(settings) if name in read] if read else []


def read_answers(home: Home, source: str) -> tuple[dt.datetime | None, list[dt.date]]:
    """Return when a source itself last gave a real answer (UTC), and the days whose last attempt failed."""
    if home.read_contents() == "sample":
        return None, []
    attempts = open_log(home, source).read_own()
    answers = attempts.filter(~pl.col("outcome").is_in([str(Outcome.FAILED), str(Outcome.FUTURE)]))
    last = attempts.group_by("date", maintain_order=True).last().filter(pl.col("outcome") == str(Outcome.FAILED))
    [[answered_at]] = answers.select(pl.col("fetched_at").max()).rows()
    return answered_at, last["date"].sort().to_list()


def find_read_time(home: Home, archives: Iterable[str]) -> dt.datetime | None:
    """Return since when all of these archives are read to their ends (UTC); None if one is not, or lost its clone."""
    marks = [home.clones / f"{name}.git" / MARKER for name in archives]
    if home.read_contents() == "sample" or not marks or not all(mark.exists() for mark in marks):
        return None
    read_at = min(mark.stat().st_mtime for mark in marks)
    return dt.datetime.fromtimestamp(read_at, dt.UTC).replace(tzinfo=None)
