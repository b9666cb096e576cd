"""Frees the room of what a home no longer needs. Old runs belong in `history`; old files and releases in `pipeline`."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from dagster_project import pipeline
from dagster_project.clock import Clock, utc_now
from dagster_project.defs.history import remove_old_runs
from dagster_project.defs.instance import open_instance
from dagster_project.defs.resources import Papers


@dataclass(frozen=True, slots=True)
class Freed:
    """What was removed, and how many bytes less the home takes on this machine."""

    releases: int
    runs: int
    size: int


def tidy(papers: Papers, clock: Clock = utc_now) -> Freed:
    """Join small files, and remove old releases and old runs; where there is no home, none is made.

    Raises:
        HomeBusyError: another process held the home's lock for too long.
        DiskError: the disk refused an operation.
    """
    home, settings, runs = papers.home(), papers.settings(), 0
    if not (home.is_shared or home.root.exists()):
        return Freed(0, 0, 0)
    with pipeline.lock_for_writing(home):
        size, releases = measure(home.local), len(home.list_releases())
        pipeline.tidy(home, settings, clock)
        releases -= len(home.list_releases())
    if home.dagster.exists():
        with open_instance(home.dagster) as instance:
            runs = remove_old_runs(instance, home.dagster, clock() - dt.timedelta(days=settings.keep_runs))
    return Freed(releases, runs, max(0, size - measure(home.local)))


def measure(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
