"""Dagster's side: the graph as it was agreed, and runs of the job `build` with what they log."""

import datetime as dt
import json
import os
import signal
import threading
from contextlib import closing
from functools import partial
from pathlib import Path

import dagster as dg
import pytest
import yaml

from dagster_project.build import BuildRequest
from dagster_project.config import PACKAGE, SQL
from dagster_project.defs import events, jobs
from dagster_project.defs.instance import open_instance
from dagster_project.defs.location import make_location
from dagster_project.defs.metadata import ROW_COUNT
from dagster_project.defs.resources import Papers as Resource
from dagster_project.lake.home import Home
from dagster_project.models.catalog import LAYERS, load_checks, load_models
from dagster_project.pipeline import publishing
from dagster_project.publish.checks import BrokenReleaseError
from dagster_project.publish.release import publish
from dagster_project.sources.registry import ASKED, SOURCES
from tests.fork_server import serve_papers
from tests.integration.conftest import PATIENCE, WEEK, copy_home, digest_of, list_months, wait_until
from tests.loopback import Answer

SNAPSHOT = Path(__file__).with_name("asset_graph.json")


@pytest.fixture(scope="module")
def location():
    return make_location(Resource())


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


def test_the_shell_uses_dagsters_public_names_alone():
    code = {file.name: file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py")}
    assert [name for name, text in code.items() if "dagster._" in text or "dagster_celery._" in text] == []


class History:
    """What Dagster remembers of a home's runs."""

    def __init__(self, home):
        with open_instance(home / "dagster") as instance:
            self.runs = instance.get_runs()[::-1]
            self.logs = {run.run_id: [log.dagster_event for log in instance.all_logs(run.run_id)] for run in self.runs}
        self.months = list_months(home)

    def list_ended(self):
        """Return the job of each run and how it ended, the oldest first."""
        return [(run.job_name, run.status.value) for run in self.runs]

    def list_made(self, number):
        """Return, by asset and partition, the metadata of what a run made."""
        made = [event for event in self.logs[self.runs[number].run_id] if event and event.is_step_materialization]
        return {
            (event.asset_key.to_user_string(), event.partition): {
                name: kept.value for name, kept in event.step_materialization_data.materialization.metadata.items()
            }
            for event in made
        }

    def list_checked(self, number):
        """Return the evaluations of checks by a run."""
        logged = self.logs[self.runs[number].run_id]
        return [
            event.event_specific_data
            for event in logged
            if event and event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
        ]


def show(table):
    return [record.data for record in table.records]


TABLES = {model.name for model in load_models() if model.is_published}


def test_a_build_of_two_sources_is_one_run_of_one_job(online):
    papers, web = online
    web.play("2024/02/29", [Answer(body=digest_of("2024-02-29", 1))])
    web.play("2024/03/01", [Answer(500)])
    web.play("2024/03/02", [Answer(body=digest_of("2024-03-02", 3))])
    papers("build", "--source", "digest", "--source", "huggingface", "--from", "2024-02-28", "--to", "2024-03-03")
    history = History(papers.home)
    assert history.list_ended() == [("build", "SUCCESS")]
    made = history.list_made(0)
    # Days without papers are news of the API the first time, and leave no rows.
    assert {key for key in made if key[1]} == {
        (name, month)
        for name in ("raw_digest", "lake_digest", "raw_huggingface", "lake_huggingface")
        for month in ("2024-02", "2024-03")
    }
    assert {name for name, month in made if not month} == TABLES | {"release", "dashboard"}
    february, march = made["raw_digest", "2024-02"], made["raw_digest", "2024-03"]
    assert {"days": 2, "fetched": 1, "missing": 1}.items() <= february.items()
    assert {"days": 3, "fetched": 1, "failed": 1, "missing": 1}.items() <= march.items()
    assert [made["lake_digest", month]["entry"] for month in ("2024-02", "2024-03")] == [1, 1]
    # The page of an asset shows its newest event: only that one carries rows.
    assert "preview" not in february | made["lake_digest", "2024-02"]
    assert [row["title"] for row in show(made["lake_digest", "2024-03"]["preview"])] == ["P", "P"]
    assert march[ROW_COUNT] == 5

    evaluated = {(check.asset_key.to_user_string(), check.check_name): check for check in history.list_checked(0)}
    assert set(evaluated) == {(events.find_checked_asset(check.reads), check.name) for check in load_checks()} | {
        ("raw_digest", "answered"),
        ("raw_huggingface", "answered"),
    }
    assert {key for key, check in evaluated.items() if not check.passed} == {
        ("raw_digest", "answered"),
        ("mart_coverage", "days_answered_in_full"),
    }
    failed = evaluated["raw_digest", "answered"].metadata["failed"]
    assert show(failed) == [{"day": "2024-03-01", "reason": "HTTP 500 Internal Server Error"}]


def test_a_build_without_news_is_a_run_that_logs_no_model(built_week, tmp_path):
    papers = copy_home(built_week, tmp_path)
    papers(*WEEK)
    history = History(papers.home)
    assert history.list_ended() == [("build", "SUCCESS")] * 2
    last = {name: month for name, month in sorted(history.list_made(0).keys(), key=str) if name.startswith("raw_")}
    assert set(history.list_made(1)) == set(last.items())
    assert {check.check_name for check in history.list_checked(1)} == {"answered"}
    assert papers.release == built_week.release


def test_a_later_release_of_a_day_logs_no_check_that_passed_again(built_week, tmp_path):
    papers = copy_home(built_week, tmp_path)
    papers("build", "--offline")
    history = History(papers.home)
    first, second = history.list_checked(0), history.list_checked(1)
    assert {name for name, _ in history.list_made(1)} >= TABLES
    assert {check.check_name for check in first} >= {check.name for check in load_checks()}
    assert {check.check_name for check in second} == {check.check_name for check in first if not check.passed}


def test_everything_that_a_build_makes_is_shown_with_its_rows(built_sample):
    made = History(built_sample.home).list_made(0)
    shown = {name: facts for (name, _), facts in made.items() if ROW_COUNT in facts}
    for table, facts in shown.items():
        assert len(show(facts["preview"])) == min(facts[ROW_COUNT], 5), table
    assert shown.keys() == TABLES.union(
        {"release"}, {f"raw_{name}" for name in ASKED}, {f"lake_{name}" for name in SOURCES}
    )
    counts = {name: count for name, [[count]] in built_sample.ask_each("SELECT count(*) FROM {0}").items()}
    assert {table: shown[table][ROW_COUNT] for table in TABLES} == {table: counts[table] for table in TABLES}
    days = {"papers_a_day_digest", "papers_a_day_huggingface"}
    with_days = {table for table, facts in shown.items() if days <= set(facts)}
    assert with_days == {"fact_listing", "mart_coverage", "release"}
    assert shown["lake_digest"]["papers_a_day"].startswith("![papers a day](data:image/svg+xml;base64,")
    assert {row["table"]: row["rows"] for row in show(shown["release"]["tables"])} == counts


def test_a_failed_check_stops_the_release_and_is_shown_with_its_rows(built_week, tmp_path, sql, monkeypatch):
    home = Home(copy_home(built_week, tmp_path).home)
    week = BuildRequest(sample=True, first=dt.date(2025, 2, 15), last=dt.date(2025, 2, 21))
    before = home.current.resolve()
    (sql / "checks" / "no_papers.sql").write_text("-- error: there are no papers\nSELECT arxiv_id FROM dim_paper\n")
    monkeypatch.setattr(events, "load_checks", partial(load_checks, sql))
    monkeypatch.setattr(publishing, "publish_lake", partial(publish, sql=sql))
    with pytest.raises(BrokenReleaseError, match="no_papers"):
        jobs.run_build(Resource({"home": str(home.root)}), week)
    history = History(home.root)
    assert history.list_ended() == [("build", "SUCCESS"), ("build", "FAILURE")]
    evaluated = {check.check_name: check for check in history.list_checked(1)}
    assert {check.name for check in load_checks(sql)} <= set(evaluated)
    [failed] = [check for check in evaluated.values() if not check.passed and check.severity.value == "ERROR"]
    assert (failed.check_name, failed.asset_key) == ("no_papers", dg.AssetKey("dim_paper"))
    assert failed.metadata["broken_rows"].value > 5
    assert [set(row) for row in show(failed.metadata["sample"])] == [{"arxiv_id"}] * 5
    assert {name for name, _ in history.list_made(1)} == {"raw_archive"}.union(f"raw_{name}" for name in ASKED)
    assert home.current.resolve() == before


def test_a_run_that_is_killed_blocks_nobody(online):
    papers, web = online
    ended = threading.Event()

    def pieces():
        ended.wait(PATIENCE)
        yield digest_of("2024-03-01", 1)

    web.play("2024/03/01", [Answer(pieces=pieces()), Answer(body=digest_of("2024-03-01", 1))])
    asked = ("build", "--source", "digest", "--from", "2024-03-01", "--to", "2024-03-01")
    with closing(serve_papers().start(asked, env=papers.environment, cwd=papers.home.parent)) as killed:
        wait_until(lambda: web.asked, "it asks for the day")
        killed.send_signal(signal.SIGKILL)
        assert killed.wait(60) == -signal.SIGKILL
    ended.set()
    papers(*asked)
    assert History(papers.home).list_ended() == [("build", "STARTED"), ("build", "SUCCESS")]
    assert papers.one("SELECT count(*) FROM fact_listing") == 1


OLD_CONFIGURATION = {
    "telemetry": {"enabled": False},
    "concurrency": {"pools": {"default_limit": 1}},
    "event_log_storage": {
        "module": "dagster_project.defs.event_log",
        "class": "BatchedEventLog",
        "config": {"base_dir": "history/runs"},
    },
}
"""What `dagster.yaml` said while partitions were days, which needed an event log of the project's own."""


def test_a_history_of_daily_partitions_is_taken_over(papers):
    folder = papers.home / "dagster"
    folder.mkdir(parents=True)
    (papers.home / "contents").write_text("sample\n")

    @dg.asset(partitions_def=dg.DailyPartitionsDefinition("2023-11-20"), pool="digest")
    def raw_digest(context: dg.AssetExecutionContext) -> None:
        for day in context.partition_keys:
            context.add_asset_metadata({"outcome": "fetched"}, partition_key=day)

    days = {"dagster/asset_partition_range_start": "2023-12-05", "dagster/asset_partition_range_end": "2023-12-07"}
    job = dg.define_asset_job("digest", [raw_digest])
    defs = dg.Definitions(assets=[raw_digest], jobs=[job])
    (folder / "dagster.yaml").write_text(yaml.safe_dump({"telemetry": {"enabled": False}}))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        assert defs.resolve_job_def("digest").execute_in_process(instance=instance, tags=days).success
    (folder / "dagster.yaml").write_text(yaml.safe_dump(OLD_CONFIGURATION))

    papers("build", "--source", "sample", "--from", "2023-12-01", "--to", "2023-12-31")
    history = History(papers.home)
    assert history.list_ended() == [("digest", "SUCCESS"), ("build", "SUCCESS")]
    old = {"2023-12-05", "2023-12-06", "2023-12-07"}
    assert history.months["raw_digest"] > old
    assert history.months["raw_digest"] - old == history.months["lake_digest"]
    assert "2023-12" in history.months["lake_digest"]
    assert "event_log_storage" not in (folder / "dagster.yaml").read_text()


def test_telemetry_is_off(papers):
    with open_instance(papers.home / "dagster") as instance:
        assert not instance.telemetry_enabled


def test_ticks_are_not_kept_for_ever(papers):
    with open_instance(papers.home / "dagster") as instance:
        kept = instance.get_settings("retention")
    assert kept["schedule"]["purge_after_days"] == 90
    assert kept["sensor"]["purge_after_days"] == {"skipped": 7, "failure": 30, "success": 30}
