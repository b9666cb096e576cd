"""Old runs leave Dagster's history with their files; those that an asset's page shows stay."""

import datetime as dt

import dagster as dg
import pytest
import time_machine

from dagster_project.defs.history import find_failed_before, is_first_of_day, note_failed_checks, remove_old_runs
from dagster_project.defs.instance import open_instance

BEGUN = dt.datetime(2026, 3, 1, 12)
DAY = dt.timedelta(days=1)


@dg.op(config_schema={"asset": str, "month": dg.Noneable(str)})
def make(context):
    yield dg.AssetMaterialization(context.op_config["asset"], partition=context.op_config["month"])
    if context.op_config["asset"] == "broken":
        raise RuntimeError("as it should")
    yield dg.Output(None)


@dg.job
def build():
    make()


@pytest.fixture
def instance(tmp_path):
    with open_instance(tmp_path / "home" / "dagster") as opened:
        yield opened


def configure(asset="table", month=None):
    return {"ops": {"make": {"config": {"asset": asset, "month": month}}}}


def run(instance, at, *made):
    """Run the job at a time; return the id of the run."""
    with time_machine.travel(at.replace(tzinfo=dt.UTC)):
        return build.execute_in_process(instance=instance, run_config=configure(*made), raise_on_error=False).run_id


def files_of(tmp_path, run_id):
    return list((tmp_path / "home" / "dagster").rglob(f"*{run_id}*"))


def test_the_last_run_of_each_asset_and_month_stays_however_old(instance, tmp_path):
    months = [run(instance, BEGUN + n * DAY, "raw", month) for n, month in enumerate(["2026-01", "2026-02", "2026-02"])]
    tables = [run(instance, BEGUN + n * DAY) for n in range(3)]
    assert remove_old_runs(instance, tmp_path / "home" / "dagster", BEGUN + 30 * DAY) == 3
    left = {record.dagster_run.run_id for record in instance.get_run_records()}
    assert left == {months[0], months[2], tables[2]}
    assert files_of(tmp_path, months[2])
    assert not any(files_of(tmp_path, gone) for gone in (months[1], *tables[:2]))
    assert instance.get_latest_materialization_event(dg.AssetKey("table")).run_id == tables[2]
    assert instance.get_materialized_partitions(dg.AssetKey("raw")) == {"2026-01", "2026-02"}


def test_runs_of_a_later_time_stay(instance, tmp_path):
    runs = [run(instance, BEGUN + n * DAY) for n in range(4)]
    assert remove_old_runs(instance, tmp_path / "home" / "dagster", BEGUN + 2 * DAY) == 2
    assert {record.dagster_run.run_id for record in instance.get_run_records()} == set(runs[2:])


def test_a_run_that_failed_or_was_killed_leaves_too(instance, tmp_path):
    run(instance, BEGUN, "broken")
    with time_machine.travel(BEGUN.replace(tzinfo=dt.UTC)):
        instance.create_run_for_job(build, run_config=configure(), status=dg.DagsterRunStatus.STARTED)
    last = [run(instance, BEGUN + 2 * DAY, "broken"), run(instance, BEGUN + 2 * DAY)]
    assert remove_old_runs(instance, tmp_path / "home" / "dagster", BEGUN + DAY) == 2
    assert {record.dagster_run.run_id for record in instance.get_run_records()} == set(last)


def test_files_that_a_killed_removal_left_are_removed_by_the_next(instance, tmp_path):
    kept, gone = run(instance, BEGUN), run(instance, BEGUN)
    instance.delete_run(gone)
    assert files_of(tmp_path, gone)
    assert remove_old_runs(instance, tmp_path / "home" / "dagster", BEGUN - DAY) == 0
    assert not files_of(tmp_path, gone)
    assert files_of(tmp_path, kept)


def test_the_first_run_of_a_day_is_told_by_the_day_in_utc(instance):
    assert not is_first_of_day(instance)
    run(instance, BEGUN.replace(hour=23, minute=59))
    assert not is_first_of_day(instance)
    run(instance, BEGUN.replace(hour=0) + DAY)
    assert is_first_of_day(instance)
    run(instance, BEGUN.replace(hour=3) + DAY)
    assert not is_first_of_day(instance)


class TestFailedBefore:
    """What a build asks, whose own run is the newest."""

    @pytest.fixture
    def ask(self, instance):
        """Ask in a run some hours after one for which failed checks were noted, or none if nothing was."""

        def asked(hours, *failed, noted=True, asset="table"):
            before = run(instance, BEGUN, asset)
            if noted:
                note_failed_checks(instance, before, failed)
            run(instance, BEGUN + dt.timedelta(hours=hours))
            return find_failed_before(instance)

        return asked

    def test_the_checks_that_failed_in_the_run_before_are_known(self, ask):
        assert ask(6, "a", "b") == {"a", "b"}

    def test_none_failed(self, ask):
        assert ask(6) == set()

    def test_on_a_new_day_nobody_knows(self, ask):
        assert ask(13, "a") is None

    def test_of_a_run_that_published_nothing_nobody_knows(self, ask):
        assert ask(6, noted=False) is None

    def test_of_a_run_that_failed_nobody_knows(self, ask):
        assert ask(6, "a", asset="broken") is None

    def test_of_very_many_nobody_knows(self, ask):
        assert ask(6, *map(str, range(1_000))) is None

    def test_before_the_first_run_there_is_none(self, instance):
        run(instance, BEGUN)
        assert find_failed_before(instance) is None
