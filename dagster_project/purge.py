"""Purges a paper or a capture from a home: out of raw bytes and all that was made of them, old releases included.

A release without it is published before the old ones are removed, so a reader is never without one. Each step can be
done again: what was stopped half-way is finished by the same call. How bytes are rewritten belongs in `lake.purge`.
"""

import datetime as dt
import shutil
from dataclasses import dataclass

from dagster_project import pipeline
from dagster_project.clock import Clock, utc_now
from dagster_project.config import Settings
from dagster_project.dashboard.page import write_dashboard
from dagster_project.errors import ExclusionError
from dagster_project.lake import purge as lake
from dagster_project.lake.announcements import remove_announcements
from dagster_project.lake.corrections import remove_corrections
from dagster_project.lake.exclusions import Place, exclude_capture, exclude_paper, read_id, require_paper
from dagster_project.lake.home import Home
from dagster_project.parse.purge import MASK
from dagster_project.publish.release import Release, prune
from dagster_project.site.write import SiteRequest, write_site
from dagster_project.sources.registry import SOURCES


@dataclass(frozen=True, slots=True)
class PurgedPaper:
    """A paper that was purged: the release without it, and whether Dagster's history went."""

    paper: str
    release: Release
    lost_history: bool


@dataclass(frozen=True, slots=True)
class PurgedCapture:
    """A capture that was purged: its whole time and its archive, and whether Dagster's history went."""

    place: Place
    lost_history: bool


def purge_paper(home: Home, settings: Settings, text: str, reason: str, clock: Clock = utc_now) -> PurgedPaper:
    """Purge a paper, named by its id or address; afterwards no file of the home names it, by its id or a title.

    Raises:
        ExclusionError: the home holds no such paper, or files that name it are left; the text says which.
        PapersError: no release without the paper could be published; the previous one stays in use.
    """
    _refuse_bucket(home)
    paper = read_id(text)
    with pipeline.lock_for_writing(home):
        begun = lake.read_task(home)
        if begun and begun.paper != paper:
            raise ExclusionError(
                f"another purge was not finished; do so first: papers exclude paper {begun.paper} --purge"
            )
        require_paper(home, paper)
        task = lake.begin_task(home, paper)
        told = task.pattern.sub(MASK, reason.encode()).decode()
        exclude_paper(home, paper, told, clock(), is_purged=True)
        remove_corrections(home, paper)
        remove_announcements(home, paper)
        lake.purge_raw_bytes(home, task)
        lake.remove_clones(home)
        lake.remove_samples(home)
        _parse_all(home, settings)
        lake.purge_lake(home, paper)
        release = _publish_alone(home, settings)
        left = lake.find_left(home, task)
        if lost := any(file.is_relative_to(home.dagster) for file in left):
            shutil.rmtree(home.dagster)
            left = [file for file in left if file.exists()]
        if left:
            raise ExclusionError(
                f"{len(left)} files still name {paper}, the first is {left[0]}; remove them, then try again"
            )
        lake.find_task(home).unlink()
    return PurgedPaper(paper, release, lost)


def purge_capture(
    home: Home,
    settings: Settings,
    source: str,
    day: dt.date,
    time: str,
    reason: str,
    archive: str | None = None,
    clock: Clock = utc_now,
) -> PurgedCapture:
    """Purge the capture of a day whose time (UTC, ISO 8601) begins with `time`.

    Raises:
        ExclusionError: no capture of that day has this time, or several have.
        PapersError: no release without the capture could be published; the previous one stays in use.
    """
    _refuse_bucket(home)
    with pipeline.lock_for_writing(home):
        place = exclude_capture(home, source, day, time, reason, clock(), archive, is_purged=True)
        gone = lake.purge_capture(home, source, day, *place)
        lake.remove_clones(home)
        lake.remove_samples(home)
        _parse_all(home, settings)
        _publish_alone(home, settings)
        if lost := bool(gone and lake.find_naming(home.dagster, [*gone])):
            shutil.rmtree(home.dagster)
    return PurgedCapture(place, lost)


def _refuse_bucket(home: Home) -> None:
    if home.is_shared:
        raise ExclusionError(f"{home.root} is in a bucket, where nothing can be purged; exclude it without --purge")


def _parse_all(home: Home, settings: Settings) -> None:
    """Parse all days whose captures have changed."""
    for source in SOURCES:
        pipeline.parse_source_index(home, source)
        pipeline.parse(home, source, processes=settings.workers, spark_master=settings.used_spark_master)


def _publish_alone(home: Home, settings: Settings) -> Release:
    """Publish a release, remove all others, and write anew what was made of them."""
    release = pipeline.publish(home, settings, again=True)
    prune(home, keep=1)
    write_dashboard(home)
    if home.site.exists():
        write_site(home, SiteRequest.from_settings(settings))
    return release
