"""Assembles the code location from all definitions. The definitions themselves belong in the other modules."""

import dagster as dg

from dagster_project.defs import exposures, failures, ingest, jobs, warehouse
from dagster_project.defs.resources import Papers, make_resources


def make_location(papers: Papers, *, months_a_run: int | None = None) -> dg.Definitions:
    """Return all assets, jobs, schedules and sensors, for the home of `papers`.

    A backfill is one run, or one run for each `months_a_run` months, so that several workers can share it.
    """
    return dg.Definitions(
        assets=[
            *ingest.make_assets(months_a_run),
            warehouse.make_warehouse_asset(),
            warehouse.dashboard,
            warehouse.site,
            *exposures.EXPOSURES,
        ],
        jobs=[jobs.build_job],
        schedules=jobs.SCHEDULES,
        sensors=[jobs.publish_what_was_loaded, failures.tell_of_failed_runs],
        resources=make_resources(papers),
        executor=dg.in_process_executor,
    )
