"""Publishes what the lake holds, repairs the lake, and tidies a home. How a release is built belongs in `publish`."""

import datetime as dt

from dagster_project.clock import Clock, utc_now
from dagster_project.config import Settings
from dagster_project.errors import ModelError, ReleaseError
from dagster_project.lake.fetch_log import open_index_log, open_log
from dagster_project.lake.home import Home
from dagster_project.lake.last_build import note_failure, note_success
from dagster_project.lake.tables import LakeTables
from dagster_project.pipeline.fetching import gather_answers
from dagster_project.pipeline.parsing import parse, parse_source_index
from dagster_project.progress import report
from dagster_project.publish.release import Release, prune
from dagster_project.publish.release import publish as publish_lake
from dagster_project.sources.registry import SOURCES


def publish(home: Home, settings: Settings, *, again: bool = False) -> Release:
    """Publish what the lake holds, and return the release in use.

    Nothing is built if the release in use was built from the same lake and SQL, unless `again`. If the build fails
    because the lake is damaged, the lake is repaired from raw bytes and the build is tried once more.

    Raises:
        BrokenReleaseError: a blocking check failed; the previous release stays in use.
        ReleaseError, ModelError: the release cannot be built; the previous one stays in use.
    """

    def once() -> Release:
        return publish_lake(
            home,
            storage_version=settings.storage_version,
            memory_limit=settings.memory_limit,
            spark_master=settings.used_spark_master,
            keep=settings.keep_releases,
            since=_find_oldest(settings, utc_now()),
            again=again,
        )

    with note_failure(home):
        try:
            release = once()
        except (ReleaseError, ModelError):
            # A damaged file can make a model fail, or a check miss rows.
            if not repair(home):
                raise
            release = once()
    note_success(home, utc_now())
    return release


def repair(home: Home) -> bool:
    """Make the damaged parts of the lake again, from raw bytes; return whether anything was damaged or stale.

    What raw bytes cannot make again is kept as far as it can be read.
    """
    tables, repaired = LakeTables(home.lake), 0
    dropped = tables.drop_unreadable()
    damaged = tables.list_damaged()
    for source in SOURCES:
        ended = parse(home, source)
        repaired += sum(not parsed.unchanged for parsed in ended.values())
        parse_source_index(home, source)
    LakeTables(home.lake).keep_what_is_left()
    if damaged:
        report("parts of the lake that were damaged or there twice, made again", len(damaged), len(damaged))
    return dropped or bool(damaged) or repaired > 0


def tidy(home: Home, settings: Settings, clock: Clock = utc_now) -> None:
    """Join small files of the fetch log and the lake, and remove old releases; the caller holds the home's lock."""
    for source in SOURCES:
        for log in (open_log(home, source), open_index_log(home, source)):
            log.gather(clock())
        gather_answers(home, source, least=2)
        LakeTables(home.lake).compact(source)
    prune(home, settings.keep_releases, _find_oldest(settings, clock()))


def _find_oldest(settings: Settings, now: dt.datetime) -> dt.datetime | None:
    """Return since when a release must have been built to stay; None if its age does not matter."""
    return now - dt.timedelta(days=settings.keep_release_days) if settings.keep_release_days else None
