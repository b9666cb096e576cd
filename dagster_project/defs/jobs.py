"""Jobs and schedules: each source from its address to the release, and when that happens by itself."""

import datetime as dt

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from dagster_project.defs.ingest import FIRST_DAY
from dagster_project.sources.attempt import Source

VOTES_SETTLE = dt.timedelta(days=14)
"""Votes move for about two weeks after a paper is listed."""
LATE_DIGEST = dt.timedelta(days=3)
"""How late a digest may appear and still be found by the daily run."""

WAREHOUSE = dg.AssetSelection.groups(
    "dim", "fact", "bridge", "mart", "meta", "search", "release"
) | dg.AssetSelection.assets("dashboard")


INGEST: dict[Source, dg.AssetSelection] = {
    "digest": dg.AssetSelection.assets("raw_digest", "lake_index", "lake_digest"),
    "huggingface": dg.AssetSelection.assets("raw_huggingface", "lake_huggingface"),
}
"""What takes days of a source from its address to the lake."""


def _job(name: str, selection: dg.AssetSelection, description: str) -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(name, selection=selection, description=description)


JOBS = {
    "digest": _job("digest", INGEST["digest"] | WAREHOUSE, "Days of digests, from their address to the release."),
    "huggingface": _job(
        "huggingface", INGEST["huggingface"] | WAREHOUSE, "Days of the API, from its address to the release."
    ),
    "sample": _job(
        "sample",
        dg.AssetSelection.assets("lake_sample") | WAREHOUSE,
        "A release of the bundled sample. Needs no network.",
    ),
    "publish": _job("publish", WAREHOUSE, "A release of what the lake holds. Needs no network."),
}


def range_tags(first: dt.date, last: dt.date) -> dict[str, str]:
    """Return the tags that make a run one of all days from `first` to `last`."""
    return {ASSET_PARTITION_RANGE_START_TAG: str(first), ASSET_PARTITION_RANGE_END_TAG: str(last)}


def last_days(source: Source, tick: dt.datetime, back: dt.timedelta) -> dg.RunRequest:
    """Return a run of the days up to the tick's, in UTC, one run for each tick."""
    today = tick.astimezone(dt.UTC).date()
    first = max(today - back, FIRST_DAY[source])
    return dg.RunRequest(run_key=f"{source}-{tick.isoformat()}", tags=range_tags(first, today))


@dg.schedule(job_name="digest", cron_schedule="30 23 * * *", execution_timezone="UTC")
def daily_digest(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Every day at 23:30 UTC, half an hour after a digest is written: today's, and those that were late."""
    return last_days("digest", context.scheduled_execution_time, LATE_DIGEST)


@dg.schedule(job_name="huggingface", cron_schedule="15 */6 * * *", execution_timezone="UTC")
def votes_again(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Every six hours: the last two weeks of the API, in which votes still move."""
    return last_days("huggingface", context.scheduled_execution_time, VOTES_SETTLE)


SCHEDULES = [daily_digest, votes_again]
