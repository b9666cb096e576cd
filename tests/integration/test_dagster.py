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
from dagster_project.defs.papers import Papers

from dagster_project import pipeline
from dagster_project.config import SQL
from dagster_project.defs import warehouse
from dagster_project.defs.ingest import DAYS
from dagster_project.defs.instance import open_instance
from dagster_project.defs.jobs import daily_digest, range_tags, votes_again
from dagster_project.defs.location import code_location
from dagster_project.defs.metadata import ROW_COUNT
from dagster_project.models.catalog import LAYERS, load_checks
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
            "kinds": sorted(graph.get(key).kinds),
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


def test_every_table_shows_its_columns_and_every_asset_what_it_is(location):
    graph = location.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        if node.group_name not in ("release", "bi"):
            columns = node.metadata["dagster/column_schema"].columns
            assert columns, key
            assert all(column.description for column in columns), key


def test_every_model_names_the_file_of_its_sql(location):
    graph = location.resolve_asset_graph()
    named = {
        Path(reference.file_path)
        for key in graph.get_all_asset_keys()
        if (held := graph.get(key).metadata.get("dagster/code_references"))
        for reference in held.code_references
    }
    assert named == {file for layer in LAYERS if layer != "staging" for file in (SQL / layer).glob("*.sql")}


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
        (event.asset_key.to_user_string(), event.partition): event.materialization.metadata
        for event in result.get_asset_materialization_events()
    }
    outcomes = [days["raw_digest", f"2024-03-0{day}"]["outcome"].value for day in (1, 2, 3)]
    assert outcomes == ["fetched", "failed", "fetched"]
    # The pages of both assets show all days, and hundreds of events must stay small: only the last carries rows.
    with_rows = {key for key, facts in days.items() if "preview" in facts and key[1]}
    assert with_rows == {("raw_digest", "2024-03-03"), ("lake_digest", "2024-03-03")}
    assert [row["title"] for row in preview(days["lake_digest", "2024-03-03"])] == ["P", "P"]
    assert days["raw_digest", "2024-03-03"][ROW_COUNT].value == 3
    [answered] = [check for check in result.get_asset_check_evaluations() if check.check_name == "answered"]
    assert not answered.passed
    [failed] = [record.data for record in answered.metadata["failed"].records]
    assert failed == {"day": "2024-03-02", "reason": "HTTP 500 Internal Server Error"}


def preview(metadata):
    return [record.data for record in metadata["preview"].records]


def test_everything_that_a_build_makes_is_shown_with_its_rows(papers, monkeypatch):
    result, _ = run(papers, monkeypatch, "sample")
    shown = {
        event.asset_key.to_user_string(): event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if event.asset_key.to_user_string() != "dashboard"
    }
    for table, metadata in shown.items():
        assert len(preview(metadata)) == min(metadata[ROW_COUNT].value, 5), table
    assert set(papers.tables()) <= set(shown) | {"meta_release", "meta_check"}
    for table in papers.tables():
        assert shown[table][ROW_COUNT].value == papers.one(f"SELECT count(*) FROM {table}")
    days = {"papers_a_day_digest", "papers_a_day_huggingface"}
    assert {table for table, metadata in shown.items() if days <= set(metadata)} == {
        "fact_listing",
        "mart_coverage",
        "release",
    }
    assert shown["lake_sample"]["papers_a_day"].value.startswith("![papers a day](data:image/svg+xml;base64,")
    assert {row["table"]: row["rows"] for row in (one.data for one in shown["release"]["tables"].records)} == {
        name: papers.one(f"SELECT count(*) FROM {name}") for name in (*papers.tables(), "meta_release", "meta_check")
    }


def test_a_failed_check_stops_the_release_and_is_shown_with_its_rows(papers, monkeypatch, tmp_path):
    sql = shutil.copytree(SQL, tmp_path / "sql")
    (sql / "checks" / "no_papers.sql").write_text("-- error: there are no papers\nSELECT arxiv_id FROM dim_paper\n")
    monkeypatch.setattr(warehouse, "load_checks", lambda _: load_checks(sql))
    monkeypatch.setattr(pipeline, "publish_lake", partial(publish, sql=sql))
    result, kept = run(papers, monkeypatch, "sample")
    assert not result.success
    assert not kept.is_success
    [failed] = [check for check in result.get_asset_check_evaluations() if not check.passed and check.blocking]
    assert failed.check_name == "no_papers"
    assert failed.metadata["broken_rows"].value > 5
    assert [set(record.data) for record in failed.metadata["sample"].records] == [{"arxiv_id"}] * 5
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
