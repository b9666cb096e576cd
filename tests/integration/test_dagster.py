"""Dagster's side: the graph as it is meant to be, the jobs on a persistent instance, schedules, and the UI."""

import datetime as dt
import json
import os
import shutil
import subprocess
import time
from functools import partial
from pathlib import Path

import dagster as dg
import httpx
import pytest

from dagster_project.config import SQL
from dagster_project.defs import warehouse
from dagster_project.defs.ingest import DAYS
from dagster_project.defs.instance import open_instance
from dagster_project.defs.jobs import daily_digest, range_tags, votes_again
from dagster_project.defs.location import code_location
from dagster_project.defs.papers import Papers
from dagster_project.models.catalog import load_checks
from dagster_project.publish.release import publish
from tests.integration.conftest import PAPERS, ui
from tests.loopback import Answer

SNAPSHOT = Path(__file__).with_name("asset_graph.json")


@pytest.fixture(scope="module")
def location():
    return code_location(Papers())


def test_the_asset_graph_is_the_one_that_was_agreed(location):
    """Write the snapshot anew with UPDATE_SNAPSHOT=1, and read its difference before you commit it."""
    graph = location.resolve_asset_graph()
    found = {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "reads": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            "partitioned": graph.get(key).is_partitioned,
            "checks": sorted(check.name for check in graph.get(key).check_keys),
        }
        for key in sorted(graph.get_all_asset_keys())
    }
    text = json.dumps(found, indent=2) + "\n"
    if os.environ.get("UPDATE_SNAPSHOT"):
        SNAPSHOT.write_text(text)
    assert text == SNAPSHOT.read_text()


def test_every_model_shows_its_columns_and_what_it_holds(location):
    graph = location.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        if node.group_name in ("dim", "fact", "bridge", "mart", "meta"):
            assert node.metadata["dagster/column_schema"].columns, key


def test_dagster_itself_finds_nothing_wrong():
    checked = subprocess.run(
        [PAPERS.with_name("dg"), "check", "defs"], capture_output=True, text=True, timeout=120, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "All definitions loaded successfully" in checked.stdout + checked.stderr


def test_days_begin_with_each_sources_first_and_end_with_today():
    today = dt.datetime.now(dt.UTC).date()
    assert DAYS["digest"].get_first_partition_key() == "2023-11-20"
    assert DAYS["huggingface"].get_first_partition_key() == "2023-05-04"
    assert DAYS["digest"].get_last_partition_key() in (str(today), str(today - dt.timedelta(days=1)))


@pytest.mark.parametrize(
    ("schedule", "at", "first", "last"),
    [
        (daily_digest, dt.datetime(2025, 3, 10, 23, 30, tzinfo=dt.UTC), "2025-03-07", "2025-03-10"),
        (votes_again, dt.datetime(2025, 3, 10, 6, 15, tzinfo=dt.UTC), "2025-02-24", "2025-03-10"),
    ],
)
def test_schedules_ask_for_today_and_the_days_before(location, schedule, at, first, last):
    with dg.build_schedule_context(
        scheduled_execution_time=at, repository_def=location.get_repository_def(), resources={}
    ) as context:
        request = schedule(context)
    assert request.tags == range_tags(dt.date.fromisoformat(first), dt.date.fromisoformat(last))


def digest_of(day, number):
    return f"## Daily Papers ({day})\n\n### [P](https://arxiv.org/abs/2403.{number:05})\n\nVote: 1\n\n- 요약\n".encode()


def run(papers, monkeypatch, job, tags=None):
    for name, value in papers.env.items():
        monkeypatch.setenv(name, value)
    resource = Papers(home_folder=str(papers.home))
    with open_instance(resource.home().dagster) as instance:
        result = (
            code_location(resource)
            .resolve_job_def(job)
            .execute_in_process(instance=instance, tags=tags, raise_on_error=False)
        )
        return result, instance.get_run_by_id(result.run_id)


def test_a_backfill_of_many_days_is_one_run_that_remembers_each_day(online, monkeypatch):
    papers, web = online
    web.play("2024/03/01", [Answer(body=digest_of("2024-03-01", 1))])
    web.play("2024/03/02", [Answer(500)])
    web.play("2024/03/03", [Answer(body=digest_of("2024-03-03", 3))])
    tags = range_tags(dt.date(2024, 3, 1), dt.date(2024, 3, 3))
    result, kept = run(papers, monkeypatch, "digest", tags)
    assert result.success
    assert kept.is_success
    days = {
        event.partition: event.materialization.metadata["outcome"].value
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey("raw_digest")
    }
    assert days == {"2024-03-01": "fetched", "2024-03-02": "failed", "2024-03-03": "fetched"}
    [answered] = [check for check in result.get_asset_check_evaluations() if check.check_name == "answered"]
    assert not answered.passed
    assert answered.metadata["failed"].value == {"2024-03-02": "HTTP 500 Internal Server Error"}


def test_a_failed_check_stops_the_release_and_is_shown_with_its_rows(papers, monkeypatch, tmp_path):
    sql = shutil.copytree(SQL, tmp_path / "sql")
    (sql / "checks" / "no_papers.sql").write_text("-- error: there are no papers\nSELECT arxiv_id FROM dim_paper\n")
    monkeypatch.setattr(warehouse, "load_checks", partial(load_checks, sql))
    monkeypatch.setattr(warehouse, "publish", partial(publish, sql=sql))
    result, kept = run(papers, monkeypatch, "sample")
    assert not result.success
    assert not kept.is_success
    [failed] = [check for check in result.get_asset_check_evaluations() if not check.passed and check.blocking]
    assert failed.check_name == "no_papers"
    assert len(failed.metadata["sample"].value) == 5
    assert not papers.warehouse.exists()


def test_the_ui_starts_and_knows_the_project(papers):
    with ui(papers) as address:
        query = {"query": "{ assetNodes { assetKey { path } groupName } }"}
        nodes = httpx.post(f"{address}/graphql", json=query, timeout=60).json()["data"]["assetNodes"]
    assert {"fact_vote", "raw_digest", "release"} <= {node["assetKey"]["path"][-1] for node in nodes}


LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""


def test_a_run_that_is_launched_in_the_ui_publishes_from_its_own_process(papers):
    job = {
        "repositoryLocationName": "dagster_project.definitions",
        "repositoryName": "__repository__",
        "jobName": "sample",
    }
    with ui(papers) as address:

        def ask(query, **variables):
            answer = httpx.post(f"{address}/graphql", json={"query": query, "variables": variables}, timeout=60)
            return answer.json()["data"]

        launched = ask(LAUNCH, params={"selector": job, "mode": "default"})["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run_id, status = launched["run"]["runId"], ""
        deadline = time.monotonic() + 120
        while status not in ("SUCCESS", "FAILURE") and time.monotonic() < deadline:
            time.sleep(0.5)
            status = ask("query Run($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }", id=run_id)
            status = status["runOrError"]["status"]
    assert status == "SUCCESS"
    assert papers.one("SELECT count(*) FROM dim_paper") > 100


def test_telemetry_is_off_and_pools_are_limited(papers):
    with open_instance(papers.home / "dagster") as instance:
        assert not instance.telemetry_enabled
        assert instance.get_settings("concurrency")["pools"]["default_limit"] == 1
