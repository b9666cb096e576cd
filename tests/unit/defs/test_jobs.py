"""When builds run by themselves: the days that schedules ask for, and the build after single months were loaded."""

import datetime as dt

import dagster as dg
import pytest

from dagster_project.defs.jobs import SCHEDULES, archives_daily, build_job, build_release, publish_what_was_loaded
from dagster_project.defs.location import make_location
from dagster_project.defs.resources import Papers
from dagster_project.defs.run_config import read_request
from dagster_project.sources.registry import ASKED


@pytest.mark.parametrize(
    ("name", "at", "source", "first", "last"),
    [
        ("daily_digest", dt.datetime(2025, 3, 10, 23, 30, tzinfo=dt.UTC), "digest", "2025-03-07", "2025-03-10"),
        ("votes_again", dt.datetime(2025, 3, 10, 6, 15, tzinfo=dt.UTC), "huggingface", "2025-02-24", "2025-03-10"),
        ("daily_digest", dt.datetime(2023, 11, 21, 23, 30, tzinfo=dt.UTC), "digest", "2023-11-20", "2023-11-21"),
    ],
)
def test_schedules_ask_for_today_and_the_days_before(name, at, source, first, last):
    [schedule] = [schedule for schedule in SCHEDULES if schedule.name == name]
    with dg.build_schedule_context(scheduled_execution_time=at) as context:
        request = schedule(context)
    config = request.run_config["ops"]["build_release"]["config"]
    assert (config["sources"], config["first"], config["last"]) == ([source], first, last)
    asked = read_request(config)
    assert (asked.first, asked.last) == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert request.run_key == f"{source}-{at.isoformat()}"


def test_each_source_and_the_archives_have_their_schedule_and_all_start_the_one_job():
    assert [schedule.name for schedule in SCHEDULES] == [
        *(source.schedule.name for source in ASKED.values()),
        "archives_daily",
    ]
    assert {schedule.job_name for schedule in SCHEDULES} == {build_job.name}


def test_the_archives_schedule_reads_all_of_the_list_and_asks_no_source():
    at = dt.datetime(2025, 3, 10, 4, 45, tzinfo=dt.UTC)
    with dg.build_schedule_context(scheduled_execution_time=at) as context:
        request = archives_daily(context)
    asked = read_request(request.run_config["ops"]["build_release"]["config"])
    assert (asked.sources, asked.archives, asked.first, asked.last) == ([], [], None, None)
    assert request.run_key == f"archives-{at.isoformat()}"


def test_no_run_waits_for_a_pool():
    steps = [build_release] + [
        asset.op for asset in make_location(Papers()).assets if isinstance(asset, dg.AssetsDefinition)
    ]
    assert len(steps) > 5
    assert {step.pool for step in steps} == {None}


def answer_to(instance, loaded):
    """Return what the sensor says to a run of some assets that ended well, and that run."""
    selection = None if loaded is None else frozenset(map(dg.AssetKey, loaded))
    run = dg.DagsterRun(job_name="__ASSET_JOB", status=dg.DagsterRunStatus.SUCCESS, asset_selection=selection)
    instance.add_run(run)
    context = dg.build_run_status_sensor_context(
        sensor_name=publish_what_was_loaded.name,
        dagster_event=dg.DagsterEvent("PIPELINE_SUCCESS", job_name=run.job_name),
        dagster_instance=instance,
        dagster_run=run,
    )
    with context:
        return publish_what_was_loaded(context), run


@pytest.mark.parametrize("loaded", [{"raw_digest", "lake_digest"}, {"lake_huggingface"}])
def test_a_run_that_loaded_months_is_followed_by_a_build(loaded):
    with dg.DagsterInstance.ephemeral() as instance:
        # Each of those may have passed the months by, or be gone for ever with a process that was killed.
        for status in ("NOT_STARTED", "STARTING", "STARTED", "SUCCESS", "FAILURE"):
            instance.add_run(dg.DagsterRun(job_name="build", status=dg.DagsterRunStatus(status)))
        answer, run = answer_to(instance, loaded)
    assert isinstance(answer, dg.RunRequest)
    assert answer.run_key == run.run_id


@pytest.mark.parametrize("loaded", [{"warehouse"}, None], ids=["warehouse", "the build itself"])
def test_a_run_that_loaded_nothing_is_not_followed(loaded):
    with dg.DagsterInstance.ephemeral() as instance:
        answer, _ = answer_to(instance, loaded)
    assert isinstance(answer, dg.SkipReason)


def test_a_build_that_is_queued_serves_all_that_were_loaded_before(monkeypatch):
    def list_queued(filters, limit):
        assert (filters.job_name, filters.statuses, limit) == ("build", [dg.DagsterRunStatus.QUEUED], 1)
        return ["queued"]

    with dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setattr(instance, "get_run_ids", list_queued)  # a queued run cannot be made by hand
        answer, _ = answer_to(instance, {"raw_digest"})
    assert isinstance(answer, dg.SkipReason)
