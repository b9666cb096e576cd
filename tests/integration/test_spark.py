"""The same files on Spark: every table equals DuckDB's, row by row, and a difference that is sown is found."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import duckdb
import polars as pl
import pytest
import stamina

from dagster_project import pipeline
from dagster_project.errors import ModelError, SettingsError
from dagster_project.lake.home import Home
from dagster_project.models.catalog import load_models
from dagster_project.pipeline import parsing
from dagster_project.publish.release import TABLES, publish
from dagster_project.sources.registry import SOURCES
from dagster_project.validate.schemas import TABLES as LAKE_TABLES
from tests.integration.conftest import Papers, copy_home, free_port, put_home, real_archives
from tools.sql_lint import find_problems

pytest.importorskip("pyspark", reason="needs Spark: uv sync --extra spark")
pytestmark = pytest.mark.spark

QUICK = """
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m
spark.sql.codegen.wholeStage false
spark.sql.shuffle.partitions 1
spark.sql.adaptive.enabled false
spark.log.level ERROR
"""
"""Spark, which is made for much more, on as little as a sample; with less room for code it would compile much twice."""
MASTER = "local[2]"
OF_THIS_RELEASE = {"meta_release"}
SAME_KEY = ("skccinmzczgwi/2501001", "eyblqkavlgtmc/2501001")
"""Two names whose surrogate keys are one."""


@pytest.fixture(autouse=True)
def _quick(tmp_path, monkeypatch):
    (tmp_path / "spark").mkdir()
    (tmp_path / "spark" / "spark-defaults.conf").write_text(QUICK)
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path / "spark"))
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")


@pytest.fixture
def duckdbs(home):
    """The release that DuckDB built."""
    return home.warehouse.resolve()


def differing(ours, theirs):
    """Return, by table, how many rows two releases do not share."""
    with duckdb.connect() as connection:
        for name, path in (("ours", ours), ("theirs", theirs)):
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        tables = connection.execute(
            "SELECT database_name, table_name FROM duckdb_tables() WHERE database_name IN ('ours', 'theirs')"
        ).fetchall()
        counts = {}
        for table in {table for _, table in tables} - OF_THIS_RELEASE:
            one, other = f"SELECT * FROM ours.{table}", f"SELECT * FROM theirs.{table}"
            rows = f"(({one}) EXCEPT ALL ({other})) UNION ALL (({other}) EXCEPT ALL ({one}))"
            counts[table] = connection.execute(f"SELECT count(*) FROM ({rows})").fetchall()[0][0]
        return {table: count for table, count in counts.items() if count}


def test_every_table_equals_duckdbs(home, duckdbs):
    release = publish(home, spark_master=MASTER, again=True)
    assert release.is_new
    assert all(result.passed or not result.blocks for result in release.checks)
    assert release.path.resolve() != duckdbs
    assert differing(duckdbs, release.path) == {}
    written = {folder.name for folder in (release.path.resolve().parent / TABLES).iterdir()}
    assert written == {model.name for model in load_models() if model.is_published and model.layer != "search"}


@pytest.fixture
def colliding(tmp_path):
    """A home with one digest, of two papers that share a key."""
    entry = "### [One paper](https://arxiv.org/abs/{})\n\nVote: 3\n\nAuthors: {}\n"
    digest = tmp_path / "2025-01-06.md"
    digest.write_text("## Daily Papers (2025-01-06)\n\n" + "\n".join(entry.format(name, name) for name in SAME_KEY))
    papers = Papers(tmp_path / "home", {"PAPERS_DIGEST_URL": f"{tmp_path.as_uri()}/{{date:%Y-%m-%d}}.md"})
    papers("build", "--source", "digest", "--from", "2025-01-06", "--to", "2025-01-06")
    return papers


@pytest.mark.long
def test_a_difference_that_is_sown_is_found_by_the_rules_and_by_the_rows(home, duckdbs, sql):
    model = sql / "dim" / "dim_date.sql"
    text = model.read_text()
    counted = "1 + (date_diff('day', DATE '2001-01-01', date) % 7 + 7) % 7 AS day_of_week"
    assert counted in text
    model.write_text(text.replace(counted, "isodow(date) AS day_of_week"))
    # Some of the checks would stop it before; and of the models, those that dim_date does not reach need not be built.
    for file in (file for layer in ("checks", "search", "bridge", "meta", "mart") for file in (sql / layer).iterdir()):
        if file.stem != "mart_vote_velocity":
            file.unlink()
    release = publish(home, spark_master=MASTER, sql=sql)
    assert {"dim_date", "mart_vote_velocity"} <= differing(duckdbs, release.path).keys()
    assert {problem.file.name for problem in find_problems(model)} == {"dim_date.sql"}


def test_a_model_that_spark_refuses_is_named_and_nothing_is_published(home, duckdbs, sql):
    model = sql / "staging" / "stg_fetch.sql"  # one of the first that are run
    text = model.read_text().replace("SELECT", "SELECT DISTINCT ON (attempt.url)")
    model.write_text(f"{text}WHERE nothing_like_it = 1\n")
    with pytest.raises(ModelError, match=r"^staging/stg_fetch\.sql"):
        publish(home, spark_master=MASTER, sql=sql)
    assert home.warehouse.resolve() == duckdbs


def lake_of(home):
    """Return the rows of the lake by table, each in an order of its own."""
    files = {table: sorted((home.lake / table).glob("*/*.parquet")) for table in LAKE_TABLES}
    return {table: pl.concat(map(pl.read_parquet, found)).sort(pl.all()) for table, found in files.items() if found}


def test_days_read_on_sparks_workers_make_the_same_lake(built_week, tmp_path, monkeypatch):
    monkeypatch.setattr(parsing, "WORTH_SPREADING", 1)
    home = Home(copy_home(built_week, tmp_path).home)
    before = lake_of(home)
    shutil.rmtree(home.lake)
    for source in SOURCES:
        days = list(pipeline.list_captures(home, source))
        ended = pipeline.parse(home, source, days, spark_master=MASTER)
        assert set(ended) == set(days)
        assert not any(day.unchanged for day in ended.values())
    after = lake_of(home)
    assert after.keys() == before.keys()
    assert all(rows.equals(before[table]) for table, rows in after.items())


def test_workers_import_nothing_from_the_current_folder(tmp_path):
    (tmp_path / "pyspark").mkdir()
    (tmp_path / "pyspark" / "__init__.py").write_text("raise SystemExit('a stranger')")
    script = "from dagster_project.models.engines.spark_session import spread; print(*spread(str, [1, 2], 'local[1]'))"
    # A process of its own: Java, and with it the workers, keep the folder that they were started in.
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "2"]


@pytest.fixture
def cluster(tmp_path):
    """A master and two workers with a core each, as processes of their own on 127.0.0.1; the master's address."""
    port, page = free_port(), free_port()
    address = f"spark://127.0.0.1:{port}"
    deploy = "org.apache.spark.deploy"
    master = [f"{deploy}.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page)]
    worker = [f"{deploy}.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", address]
    spark = Path(find_spec("pyspark").origin).parent
    environment = os.environ | {"SPARK_HOME": str(spark), "SPARK_WORKER_DIR": str(tmp_path / "work")}
    begun = []
    try:
        for command in (master, worker, worker):
            begun.append(
                subprocess.Popen(
                    [spark / "bin" / "spark-class", *command],
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            )
            for attempt in stamina.retry_context(on=OSError, attempts=None, timeout=60, wait_max=1):
                with attempt:
                    socket.create_connection(("127.0.0.1", port)).close()
        yield address
    finally:
        for process in begun:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.long
def test_the_real_archives_are_the_same_from_a_cluster(shared_data, cluster, tmp_path):
    papers = Papers(
        tmp_path / "real",
        real_archives(shared_data) | {"PAPERS_SPARK_MASTER": cluster, "PYSPARK_PYTHON": sys.executable},
    )
    days = ["--from", "2023-11-20", "--to", "2025-05-10"]
    papers("build", "--source", "digest", "--source", "huggingface", *days)
    before = papers.warehouse.resolve()
    assert papers.one("SELECT count(*) FROM dim_paper") > 1_000
    papers("build", "--offline", "--engine", "spark")
    assert papers.warehouse.resolve() != before
    assert differing(before, papers.warehouse) == {}
    done = [log.read_text() for log in (tmp_path / "work").glob("app-*/*/stderr")]
    assert len(done) >= 2  # each worker had an executor


@pytest.mark.bucket
@pytest.mark.long
def test_a_lake_in_a_bucket_is_read_by_the_workers_and_names_that_share_a_key_are_the_same_rejects(
    place, store, colliding, tmp_path
):
    assert colliding.rows("SELECT DISTINCT rule FROM meta_reject") == [("key_collision",)]
    put_home(colliding.home, place)
    # A process of its own: Java, and with it the workers, keep the environment that they were started in.
    its = {"PAPERS_HOME": str(place), "PAPERS_LOCAL": str(tmp_path / "local"), "PAPERS_SPARK_MASTER": MASTER}
    papers = Papers(tmp_path / "local", store.environment | its)
    papers("build", "--offline", "--engine", "spark")
    assert differing(colliding.warehouse, papers.warehouse) == {}
    assert list((place / "releases" / papers.release / TABLES / "dim_paper").glob("*.parquet"))


def test_a_master_that_does_not_answer_is_a_line():
    from dagster_project.models.engines.spark_session import spark_session

    with pytest.raises(SettingsError, match="Spark does not start"), spark_session("spark://"):
        pass
