"""The code location of a deployment across workers: the same assets, with ingesting and publishing apart.

`digest` and `huggingface` end with the lake here, so that ranges of days can go to many workers; what they have read
is published by runs of `publish`, one at a time. `deploy/README.md` says how it is put up.
"""

import dagster as dg

from dagster_project.defs import jobs
from dagster_project.defs.location import code_location
from dagster_project.defs.papers import Papers

DAYS_A_RUN = 31
"""Days of a backfill that are one run, and so one worker's: no more are done again when that worker dies."""
QUEUE = "dagster-celery/queue"
"""The tag that names the queue of a run; one without it is for `ingest`, says `deploy/dagster.yaml`."""
WAITING = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING]

INGEST = [
    dg.define_asset_job(
        source,
        selection=ingested,
        tags={QUEUE: "ingest"},
        description=f"Days of {source}, from its address to the lake.",
    )
    for source, ingested in jobs.INGEST.items()
]
PUBLISH = dg.define_asset_job(
    "publish",
    selection=jobs.WAREHOUSE,
    tags={QUEUE: "publish"},
    description="A release of what the lake holds. Follows by itself when days were read.",
)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    request_job=PUBLISH,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=10,
)
def publish_what_was_read(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """After a run that was not one of `publish`, ask for one; one that has not begun yet will do for both."""
    run = context.dagster_run
    if run.job_name == PUBLISH.name:
        return dg.SkipReason("it published")
    if context.instance.get_run_ids(dg.RunsFilter(job_name=PUBLISH.name, statuses=WAITING), limit=1):
        return dg.SkipReason("a run that publishes waits already")
    return dg.RunRequest(run_key=run.run_id)


defs = code_location(Papers(), its_jobs=[*INGEST, PUBLISH], sensors=[publish_what_was_read], days_a_run=DAYS_A_RUN)
