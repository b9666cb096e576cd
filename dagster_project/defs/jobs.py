"""The build as a job, when it runs by itself, and what follows a run of single assets."""

import datetime as dt
from typing import Any

import dagster as dg
from pydantic import Field

from dagster_project.build import BuildRequest, Built, build
from dagster_project.defs import events
from dagster_project.defs.instance import open_instance
from dagster_project.defs.resources import Papers, make_resources
from dagster_project.publish.checks import BrokenReleaseError
from dagster_project.sources.registry import SOURCES
from dagster_project.sources.source import Schedule, Source

QUEUE = "dagster-celery/queue"
"""The tag that names the queue of a run, where Celery hands runs to workers; see `deploy/`."""
WAITING = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING]
QUIET: dict[str, Any] = {"console": {"config": {"log_level": "CRITICAL"}}}


class BuildConfig(dg.Config):
    """What a build is asked for. Without a source it parses what was fetched before, and publishes that."""

    sources: list[str] = Field(default_factory=list)
    first: str | None = None
    """First day, as `YYYY-MM-DD`; by default that of the source's range."""
    last: str | None = None
    """Last day; by default today."""
    sample: bool = False
    again: bool = False
    """Read everything again from raw bytes, and publish a new release in any case."""

    def to_request(self) -> BuildRequest:
        """Return the request that the config stands for."""
        return BuildRequest(
            sources=self.sources,
            first=dt.date.fromisoformat(self.first) if self.first else None,
            last=dt.date.fromisoformat(self.last) if self.last else None,
            sample=self.sample,
            again=self.again,
        )


@dg.op(name="build", out=dg.Out(io_manager_key="memory"))
def build_op(context: dg.OpExecutionContext, config: BuildConfig, papers: dg.ResourceParam[Papers]) -> Built:
    """Build a release, and log each asset that was made on the way, however the build ends."""
    built, home = Built(), papers.home()
    try:
        build(home, papers.settings(), config.to_request(), built)
    except BrokenReleaseError as broken:
        for evaluation in events.evaluate_checks(broken.results):
            context.log_event(evaluation)
        raise
    finally:
        for event in events.list_events(home, built):
            context.log_event(event)
    return built


@dg.job(name="build", tags={QUEUE: "publish"})
def build_job() -> None:
    """Fetch, parse, publish where there is news, and write the dashboard: one run for a whole build."""
    build_op()


def run_build(papers: Papers, request: BuildRequest) -> Built:
    """Run the job in this process, and return what came of it.

    It needs no asset's definition, which takes half a second to make of all models: it only names what it made.

    Raises:
        PapersError: the work failed; what was published before stays in use.
    """
    config = BuildConfig(
        sources=list(request.sources),
        first=str(request.first) if request.first else None,
        last=str(request.last) if request.last else None,
        sample=request.sample,
        again=request.again,
    )
    run_config = dg.RunConfig(ops={"build": config}, loggers=QUIET)
    job = dg.Definitions(jobs=[build_job], resources=make_resources(papers)).resolve_job_def("build")
    with open_instance(papers.home().dagster) as instance:
        result = job.execute_in_process(instance=instance, run_config=run_config)
    return result.output_for_node("build")


def request_days(source: Source, schedule: Schedule, tick: dt.datetime) -> dg.RunRequest:
    """Return a run for the days up to the tick's, in UTC, one run for each tick."""
    today = tick.astimezone(dt.UTC).date()
    first = max(today - dt.timedelta(days=schedule.days_back), source.first_day)
    config = BuildConfig(sources=[source.name], first=str(first), last=str(today))
    return dg.RunRequest(run_key=f"{source.name}-{tick.isoformat()}", run_config=dg.RunConfig(ops={"build": config}))


def make_schedule(source: Source, schedule: Schedule) -> dg.ScheduleDefinition:
    """Return a source's schedule as Dagster knows it."""

    @dg.schedule(
        name=schedule.name,
        job=build_job,
        cron_schedule=schedule.cron,
        execution_timezone="UTC",
        description=schedule.description,
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        return request_days(source, schedule, context.scheduled_execution_time)

    return tick


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    request_job=build_job,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=10,
)
def publish_what_was_loaded(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """After a run that fetched or parsed single months, request a build; one that waits already serves both."""
    run = context.dagster_run
    made = {key.to_user_string() for key in run.asset_selection or ()}
    if not any(name.startswith(("raw_", "lake_")) for name in made):
        return dg.SkipReason("the run loaded nothing")
    if context.instance.get_run_ids(dg.RunsFilter(job_name=build_job.name, statuses=WAITING), limit=1):
        return dg.SkipReason("a build waits already")
    return dg.RunRequest(run_key=run.run_id)


SCHEDULES = [make_schedule(source, source.schedule) for source in SOURCES.values()]
