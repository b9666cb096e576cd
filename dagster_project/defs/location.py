"""The code location: all that this room defines, put together."""

import dagster as dg

from dagster_project.defs import exposures, ingest, jobs, warehouse
from dagster_project.defs.dashboard import dashboard
from dagster_project.defs.papers import Papers


def code_location(papers: Papers) -> dg.Definitions:
    """Return every asset, job and schedule, on the home that `papers` names."""
    return dg.Definitions(
        assets=[*ingest.assets(), warehouse.warehouse_asset(), dashboard, *exposures.EXPOSURES],
        jobs=list(jobs.JOBS.values()),
        schedules=jobs.SCHEDULES,
        resources={"papers": papers},
        executor=dg.in_process_executor,
    )
