"""Which failed runs the sensor tells of, and what it says of them."""

import dagster as dg
import pytest

from dagster_project.build import BuildRequest
from dagster_project.defs.failures import tell_of_failed_runs
from dagster_project.defs.jobs import build_job, make_run_config, run_build
from dagster_project.defs.resources import Papers, make_resources
from dagster_project.errors import HomeMixError, PapersError
from dagster_project.progress import warn


@pytest.fixture
def said(tmp_path, monkeypatch):
    """The file to which each call of the command adds a line."""
    file = tmp_path / "said"
    monkeypatch.setenv("PAPERS_ON_FAILURE", f"tee -a {file}")
    return file


@dg.asset
def lake_digest():
    raise PapersError("the disk is full; free some space")


@dg.asset
def raw_digest():
    raise RuntimeError("a bug\nin two lines")


def fail(asset, instance):
    """Run an asset, and return its run."""
    ended = dg.materialize([asset], instance=instance, raise_on_error=False)
    assert not ended.success
    return ended.dagster_run


def answer_to(run, instance, tmp_path):
    """Return what the sensor says to a failed run."""
    event = dg.DagsterEvent("PIPELINE_FAILURE", job_name=run.job_name, message="the process ended unexpectedly")
    context = dg.build_run_status_sensor_context(
        sensor_name=tell_of_failed_runs.name,
        dagster_event=event,
        dagster_instance=instance,
        dagster_run=run,
        resources=make_resources(Papers({"home": str(tmp_path / "home")})),
    ).for_run_failure()
    return tell_of_failed_runs(context)


def test_a_run_of_single_assets_is_told_in_one_line_with_its_assets(said, tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:
        for asset, told in ((lake_digest, "the disk is full; free some space"), (raw_digest, "a bug in two lines")):
            run = fail(asset, instance)
            assert answer_to(run, instance, tmp_path) is None
            [line] = said.read_text().splitlines()
            assert line == f"the run {run.run_id} of {run.job_name} failed: {told}"
            said.unlink()


def test_a_build_that_failed_told_of_itself(said, tmp_path):
    home = tmp_path / "home"
    (home / "raw").mkdir(parents=True)
    (home / "contents").write_text("real\n")
    resources = make_resources(Papers({"home": str(home)}))
    with dg.DagsterInstance.ephemeral() as instance:
        ended = build_job.execute_in_process(
            instance=instance,
            run_config=make_run_config(BuildRequest(sample=True)),
            resources=resources,
            raise_on_error=False,
        )
        assert not ended.success
        [line] = said.read_text().splitlines()
        assert "holds real data; build the sample in another home" in line
        assert isinstance(answer_to(ended.dagster_run, instance, tmp_path), dg.SkipReason)
    assert said.read_text().splitlines() == [line]


def test_a_build_whose_process_was_lost_is_told_by_the_sensor(said, tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.DagsterRun(job_name="build", status=dg.DagsterRunStatus.FAILURE)
        instance.add_run(run)
        assert answer_to(run, instance, tmp_path) is None
    assert said.read_text() == f"the run {run.run_id} of build failed: the process ended unexpectedly\n"


def test_the_command_line_tells_once_of_a_build_that_fails(said, tmp_path):
    home = tmp_path / "home"
    (home / "raw").mkdir(parents=True)
    (home / "contents").write_text("real\n")
    with pytest.raises(HomeMixError) as raised:
        run_build(Papers({"home": str(home)}), BuildRequest(sample=True))
    assert said.read_text() == f"{raised.value}\n"


def test_a_command_that_fails_changes_nothing_but_a_warning(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("PAPERS_ON_FAILURE", "/no/such/command")
    home = tmp_path / "home"
    (home / "raw").mkdir(parents=True)
    (home / "contents").write_text("real\n")
    warn.cache_clear()
    with pytest.raises(HomeMixError, match="holds real data"):
        run_build(Papers({"home": str(home)}), BuildRequest(sample=True))
    assert [record.getMessage().startswith("PAPERS_ON_FAILURE") for record in caplog.records] == [True]


def test_a_history_that_cannot_be_opened_is_told_too(said, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "strange").write_text("of others")
    with pytest.raises(PapersError, match="is not a home of papers"):
        run_build(Papers({"home": str(tmp_path / "home")}), BuildRequest(sample=True))
    assert "is not a home of papers" in said.read_text()


def test_without_a_command_the_sensor_says_so(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.DagsterRun(job_name="build", status=dg.DagsterRunStatus.FAILURE)
        instance.add_run(run)
        answer = answer_to(run, instance, tmp_path)
    assert isinstance(answer, dg.SkipReason)
    assert "PAPERS_ON_FAILURE" in answer.skip_message


def test_it_is_on_by_itself():
    assert tell_of_failed_runs.default_status is dg.DefaultSensorStatus.RUNNING
