"""The code location: all that this room defines, put together."""

from collections.abc import Iterable

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dagster_project.defs import exposures, ingest, jobs, warehouse
from dagster_project.defs.dashboard import dashboard
from dagster_project.defs.papers import Papers


def code_location(
    papers: Papers,
    *,
    its_jobs: Iterable[UnresolvedAssetJobDefinition] = jobs.JOBS.values(),
    sensors: Iterable[dg.SensorDefinition] = (),
    days_a_run: int | None = None,
) -> dg.Definitions:
    """Return every asset, job and schedule, on the home that `papers` names.

    A deployment has jobs and sensors of its own, and parts a backfill into runs of so many days.
    """
    return dg.Definitions(
        assets=[*ingest.assets(days_a_run), warehouse.warehouse_asset(), dashboard, *exposures.EXPOSURES],
        jobs=list(its_jobs),
        schedules=jobs.SCHEDULES,
        sensors=list(sensors),
        resources={"papers": papers},
        executor=dg.in_process_executor,
    )
