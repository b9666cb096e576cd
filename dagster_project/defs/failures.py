"""Tells of runs that failed and could not say so themselves, by the sensor `tell_of_failed_runs`.

A build tells of its own failure (`defs.jobs`), in `papers build`, `papers ui` and a worker alike, so the sensor leaves
it out: each failure is told once. The command that is run belongs in `dagster_project.on_failure`.
"""

import re

import dagster as dg

from dagster_project.defs.jobs import build_job
from dagster_project.defs.resources import Papers
from dagster_project.on_failure import tell

CLASS = re.compile(r"^[\w.]+(?:Error|Exception): ")
"""Matches the class before the text of an exception, as Dagster keeps it."""


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING, minimum_interval_seconds=10)
def tell_of_failed_runs(context: dg.RunFailureSensorContext, papers: dg.ResourceParam[Papers]) -> dg.SkipReason | None:
    """Run PAPERS_ON_FAILURE for a run of single assets that failed, and for a build whose process was lost."""
    settings, run = papers.settings(), context.dagster_run
    if settings.on_failure is None:
        return dg.SkipReason("PAPERS_ON_FAILURE names no command")
    failed = [event.step_failure_data.error for event in context.get_step_failure_events()]
    if run.job_name == build_job.name and failed:
        return dg.SkipReason("the build told of it")
    made = ", ".join(sorted(key.to_user_string() for key in run.asset_selection or ())) or run.job_name
    errors = [(error.cause or error).message for error in failed if error] or [context.failure_event.message or ""]
    tell(settings, f"the run {run.run_id} of {made} failed: {CLASS.sub('', errors[0].strip())}")
    return None
