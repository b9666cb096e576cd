"""A newcomer's first minutes: the bundled sample, with no network and no settings."""

import codecs
import csv
import io
import json
import re
import shutil
import stat
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from dagster_project.config import SQL
from tests.integration.conftest import Papers


@pytest.fixture(scope="module")
def sample(built_sample, tmp_path_factory):
    """A copy of the sample, on which commands are run."""
    folder = tmp_path_factory.mktemp("sample")
    return Papers(Path(shutil.copytree(built_sample.home, folder / "home", symlinks=True)))


def test_the_build_ends_with_three_answers_and_the_path_of_a_warehouse(built_sample):
    for question in (
        "Which papers of the newest week led by votes",
        "gained the most votes",
        "Which names stand on",
    ):
        assert question in built_sample.printed
    assert f"Warehouse: {built_sample.warehouse}" in built_sample.printed.replace("\n", "")
    assert re.search(r'Next: .*papers sql "FROM', built_sample.printed)


def test_the_sample_is_large_enough_to_be_worth_a_query(sample):
    assert sample.one("SELECT count(*) FROM dim_paper") >= 100
    days = dict(sample.rows("SELECT source, count(*) FROM mart_coverage WHERE status = 'published' GROUP BY ALL"))
    assert days["digest"] >= 12
    assert days["huggingface"] >= 12


def test_a_second_build_publishes_nothing(sample):
    before = sample.release
    assert "Unchanged" in sample("build")
    assert sample.release == before


def test_the_published_file_cannot_be_written(sample):
    mode = stat.S_IMODE(sample.warehouse.stat().st_mode)
    assert mode == 0o444
    assert not sample.warehouse.with_name("papers.duckdb.wal").exists()


def test_the_file_has_the_storage_version_that_old_clients_read(sample):
    assert sample.one(
        "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = 'papers'"
    ).startswith("v1.0.0")


def test_every_table_and_column_carries_a_comment(sample):
    assert sample.rows("SELECT table_name FROM duckdb_tables() WHERE coalesce(comment, '') = ''") == []
    assert (
        sample.rows("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL") == []
    )


def test_keys_are_real_constraints(sample):
    kinds = dict(sample.rows("SELECT constraint_type, count(*) FROM duckdb_constraints() GROUP BY ALL"))
    assert {"PRIMARY KEY", "FOREIGN KEY", "NOT NULL", "CHECK", "UNIQUE"} <= kinds.keys()


def test_all_checks_are_recorded_with_the_release(sample):
    assert sample.one("SELECT count(*) FROM meta_check") > 0
    assert sample.rows("SELECT name FROM meta_check WHERE NOT passed AND severity = 'error'") == []


def test_answers_come_as_csv_json_and_parquet(sample, tmp_path):
    query = "SELECT arxiv_id, title, is_withdrawn, github_stars FROM mart_paper ORDER BY arxiv_id LIMIT 3"
    expected = sample.rows(query)
    in_csv = list(csv.reader(io.StringIO(sample("sql", query, "--format", "csv"))))
    assert in_csv[0] == ["arxiv_id", "title", "is_withdrawn", "github_stars"]
    assert [row[:2] for row in in_csv[1:]] == [list(row[:2]) for row in expected]
    in_json = json.loads(sample("sql", query, "--format", "json"))
    assert [tuple(row.values()) for row in in_json] == expected
    file = tmp_path / "answer.parquet"
    sample("sql", query, "--format", "parquet", "--output", str(file))
    assert [tuple(row.values()) for row in pq.read_table(file).to_pylist()] == expected


@pytest.mark.parametrize(
    ("name", "given", "begins"),
    [
        ("a.csv", [], codecs.BOM_UTF8 + b"n,arxiv_id\r\n"),
        ("a.JSON", [], b"[\n"),
        ("a.parquet", [], b"PAR1"),
        ("a.bib", [], b"@misc{"),
        ("a.ris", [], b"TY  - UNPB\n"),
        ("a.CSL.json", [], b'[\n  {\n    "id": "arXiv:'),
        ("a.txt", [], "┏".encode()),
        ("csv", [], "┏".encode()),
        ("a.csv", ["--format", "json"], b"[\n"),
        ("a.parquet", ["--format", "table"], "┏".encode()),
    ],
)
def test_the_format_is_that_of_the_outputs_ending_unless_it_is_named(sample, tmp_path, name, given, begins):
    sql = "SELECT 1 AS n, arxiv_id FROM dim_paper LIMIT 1"
    sample("sql", sql, "--output", str(tmp_path / name), *given)
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize("name", ["a.sql", "two words.sql", "제목.SQL"])
def test_a_question_may_be_in_a_file(sample, tmp_path, name):
    (tmp_path / name).write_bytes(codecs.BOM_UTF8 + "-- a comment\nSELECT '가' AS a".encode())
    assert sample("sql", str(tmp_path / name), "--format", "csv") == "a\n가\n"


@pytest.mark.parametrize("name", ["missing.sql", "folder.sql"])
def test_a_file_that_cannot_be_read_is_named_in_one_line(sample, tmp_path, name):
    (tmp_path / "folder.sql").mkdir()
    [line] = sample("sql", str(tmp_path / name), status=1).splitlines()
    assert str(tmp_path / name) in line


def test_a_statement_may_end_like_a_file(sample):
    assert sample("sql", "SELECT 1 AS a -- from a.sql", "--format", "csv") == "a\n1\n"


def test_a_question_is_asked_as_a_text_or_through_a_pipe(sample):
    file = SQL / "queries" / "most_voted_papers.sql"
    asked = sample("sql", file.read_text(), "--format", "csv")
    piped = sample("sql", "-", "--format", "csv", stdin=file.read_text())
    assert asked == piped
    assert asked.startswith("arxiv_id,title,")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELEC 1", "syntax error"),
        ("DROP TABLE dim_paper", "not a query"),
        ("SELECT * FROM read_csv('/etc/hostname')", "disabled by configuration"),
        ("COPY dim_source TO 'out.csv'", "not a query"),
        ("SET enable_external_access = true", "not a query"),
    ],
)
def test_a_query_that_is_wrong_or_reaches_out_is_refused_in_one_line(sample, query, says):
    printed = sample("sql", query, status=1)
    assert says in printed
    assert len(printed.splitlines()) == 1


def test_status_shows_release_rows_and_coverage(sample):
    printed = sample("status")
    for part in (sample.release, "fact_vote", "Coverage by source and month", "Open rejects", "Failed checks"):
        assert part in printed


def test_a_home_without_a_warehouse_says_what_to_type(papers):
    assert "papers build" in papers("status", status=1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "--from", "yesterday"),
        ("build", "--from", "2025-02-01"),
        ("build", "--source", "digest", "--from", "2020-01-01", "--to", "2020-01-02"),
        ("build", "--source", "axriv"),
        ("build", "--from", "2025-02-01", "--to", "2025-01-01"),
        ("build", "--source", "sample", "--source", "digest"),
        ("build", "--source", "digest", "--to", "9999-12-31"),
        ("build", "--offline", "--source", "digest"),
        ("sql", "SELECT 1", "--format", "parquet"),
    ],
)
def test_wrong_usage_ends_with_status_2(papers, arguments):
    papers(*arguments, status=2)


def test_a_setting_that_cannot_be_used_is_named(papers):
    papers.env["PAPERS_DIGEST_URL"] = "ftp://example.org/{date}"
    assert "PAPERS_DIGEST_URL: must begin with" in papers("build", status=2)


def test_every_command_shows_an_example(sample):
    for command in ("build", "sql", "status", "ui"):
        assert f"papers {command}" in sample(command, "--help")


def test_any_model_can_be_pasted_into_a_shell(built_sample):
    from dagster_project.models.catalog import load_models

    start = (built_sample.home / "lake" / "shell.sql").read_text()
    with duckdb.connect(built_sample.warehouse, read_only=True) as shell:
        shell.execute(start)
        for model in load_models():
            if model.is_published:
                columns = ", ".join(name for name, *_ in shell.execute(f"DESCRIBE {model.name}").fetchall())
                shell.execute(f"CREATE OR REPLACE TEMP TABLE pasted AS SELECT {columns} FROM ({model.sql})")
                for one, other in (("pasted", model.name), (model.name, "pasted")):
                    different = f"SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {other}"
                    assert shell.execute(different).fetchall() == [], model.name
