"""Defines the job of a build, its schedules, and the sensor that publishes after a run of single assets.

The steps of a build belong in `dagster_project.build`.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.build import BuildRequest, Built, build
from dagster_project.clock import utc_now
from dagster_project.defs import events
from dagster_project.defs.history import is_first_of_day, note_failed_checks, remove_old_runs
from dagster_project.defs.instance import open_instance
from dagster_project.defs.resources import Papers, make_resources
from dagster_project.defs.run_config import BUILD, make_config, read_request
from dagster_project.on_failure import tell_failures
from dagster_project.publish.checks import BrokenReleaseError
from dagster_project.sources.archives import CRON as ARCHIVES_CRON
from dagster_project.sources.registry import ASKED
from dagster_project.sources.source import Schedule, Source

QUEUE = "dagster-celery/queue"
"""The tag that names a run's queue, if Celery distributes runs to workers; see `deploy/`."""
QUIET: dict[str, Any] = {"console": {"config": {"log_level": "CRITICAL"}}}


@dg.op(config_schema=BUILD)
def build_release(
    context: dg.OpExecutionContext, papers: dg.ResourceParam[Papers]
) -> Iterator[events.Event | dg.Output[Built]]:
    """Build a release, and log each asset that was made on the way, even when the build fails."""
    with tell_failures(papers.settings):
        built, home, failure = Built(), papers.home(), None
        try:
            build(home, papers.settings(), read_request(context.op_config), built)
        except Exception as error:
            failure = error
        yield from events.list_events(home, built, context.instance)
        if isinstance(failure, BrokenReleaseError):
            yield from map(events.make_evaluation, events.list_check_results(failure.results))
        if failure:
            raise failure
        if built.release and built.release.is_new:
            failed = [result.check.name for result in built.release.checks if not result.passed]
            note_failed_checks(context.instance, context.run_id, failed)
        if is_first_of_day(context.instance):
            before = utc_now() - dt.timedelta(days=papers.settings().keep_runs)
            built.removed_runs = remove_old_runs(context.instance, home.dagster, before)
    yield dg.Output(built)


@dg.job(name="build", tags={QUEUE: "publish"})
def build_job() -> None:
    """Fetch, parse, publish where there is news, and write the dashboard: one run for a whole build."""
    build_release()


def make_run_config(request: BuildRequest, **more: Any) -> dg.RunConfig:
    """Return the config of a run of the job."""
    return dg.RunConfig(ops={build_release.name: {"config": make_config(request)}}, **more)


def run_build(papers: Papers, request: BuildRequest) -> Built:
    """Run the job in this process, and return the results of the build.

    It loads no asset definitions, since those of all models take half a second to make; its events name the assets.

    Raises:
        PapersError: the work failed; the previous release stays in use.
    """
    with tell_failures(papers.settings), open_instance(papers.home().dagster) as instance:
        result = build_job.execute_in_process(
            instance=instance, run_config=make_run_config(request, loggers=QUIET), resources=make_resources(papers)
        )
    return result.output_for_node(build_release.name)


def request_days(source: Source, schedule: Schedule, tick: dt.datetime) -> dg.RunRequest:
    """Return the run request of a tick: for the days up to the tick's day in UTC, with one run key for each tick."""
    today = tick.astimezone(dt.UTC).date()
    first = max(today - dt.timedelta(days=schedule.days_back), source.first_day)
    request = BuildRequest(sources=[source.name], first=first, last=today)
    return dg.RunRequest(run_key=f"{source.name}-{tick.isoformat()}", run_config=make_run_config(request))


def make_schedule(source: Source, schedule: Schedule) -> dg.ScheduleDefinition:
    """Return the Dagster schedule of a source."""

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
    """After a run that fetched or parsed single months, request a build that publishes them.

    A build that is queued already serves both. One that has begun does not: it may have passed those months by.
    """
    run = context.dagster_run
    made = {key.to_user_string() for key in run.asset_selection or ()}
    if not any(name.startswith(("raw_", "lake_")) for name in made):
        return dg.SkipReason("the run loaded nothing")
    if context.instance.get_run_ids(
        dg.RunsFilter(job_name=build_job.name, statuses=[dg.DagsterRunStatus.QUEUED]), limit=1
    ):
        return dg.SkipReason("a build is queued already")
    return dg.RunRequest(run_key=run.run_id)


@dg.schedule(job=build_job, cron_schedule=ARCHIVES_CRON, execution_timezone="UTC")
def archives_daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Every day: what others have committed to the archives since."""
    tick = context.scheduled_execution_time
    return dg.RunRequest(run_key=f"archives-{tick.isoformat()}", run_config=make_run_config(BuildRequest(archives=[])))


SCHEDULES = [
    *(make_schedule(source, source.schedule) for source in ASKED.values() if source.schedule),
    archives_daily,
]
