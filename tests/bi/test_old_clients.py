"""The published file, opened by DuckDBs that are older and newer than the one that built it."""

import json
import re
import shutil
from pathlib import Path
from shlex import quote

import duckdb
import pytest

from dagster_project.config import CHECKOUT, SQL
from dagster_project.lake.home import Home
from dagster_project.publish.release import publish

pytestmark = pytest.mark.bi

[OPENED_WITH] = re.findall(r"opened with DuckDB ([^:]*):", (CHECKOUT / "bi" / "README.md").read_text())
VERSIONS = re.findall(r"\d+\.\d+\.\d+", OPENED_WITH)
CLIENT = Path(__file__).with_name("old_client.py")

QUESTIONS = {
    "a mart": "SELECT arxiv_id, title, latest_votes FROM mart_paper ORDER BY latest_votes DESC NULLS LAST, arxiv_id",
    "words": "FROM search('강화 학습을')",
    "any word": "FROM search_any('diffusion LeCun 2410.13848v1')",
    "a phrase": "FROM search_phrase('diffusion model')",
    "comments on tables": "SELECT table_name, comment FROM duckdb_tables() ORDER BY ALL",
    "comments on columns": """
        SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL""",
    "comments on macros": "SELECT function_name, comment FROM duckdb_functions() WHERE NOT internal ORDER BY ALL",
    **{file.stem: file.read_text() for file in sorted((SQL / "queries").glob("*.sql"))},
}


def client(checkout, version, *lines):
    """Return what a client of a version of DuckDB answers to `lines`, one after the other."""
    # The oldest of them was built for no Python after 3.13.
    command = f"uv run --no-project --python '>=3.11,<3.14' --with duckdb=={version} {quote(str(CLIENT))}"
    printed = checkout.run(f"DuckDB {version}", command, stdin="\n".join(json.dumps(line) for line in lines))
    return [json.loads(line) for line in printed.splitlines()]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_of_any_version_reads_all_that_the_builder_reads(checkout, version):
    with duckdb.connect(checkout.warehouse, read_only=True) as builder:
        tables = [name for (name,) in builder.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        questions = QUESTIONS | {f"all of {table}": f"FROM {table} ORDER BY ALL" for table in tables}
        expected = {name: builder.execute(sql).fetchall() for name, sql in questions.items()}
    assert all(expected[name] for name in QUESTIONS)
    [answers] = client(checkout, version, {"path": str(checkout.warehouse), "questions": questions})
    assert answers == json.loads(json.dumps(expected, default=str))


@pytest.fixture(scope="module")
def two_releases(built_sample, tmp_path_factory):
    """A home with a second release that differs from the first, and the names of both."""
    folder = tmp_path_factory.mktemp("two releases")
    home = Home(Path(shutil.copytree(built_sample.home, folder / "home", symlinks=True)))
    sql = Path(shutil.copytree(SQL, folder / "sql"))
    (sql / "checks" / "another.sql").write_text("-- warn: never fails\nSELECT 1 AS number WHERE FALSE\n")
    return home, built_sample.release, publish(home, sql=sql).release_id


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_that_keeps_a_release_open_finds_the_newest_by_its_own_path(checkout, two_releases, version):
    home, old, new = two_releases
    which = {"release": "SELECT release_id FROM meta_release"}
    by_link = {"path": str(home.warehouse), "questions": which}
    by_own_path = {"path": str(home.releases / new / "papers.duckdb"), "questions": which}
    answers = client(
        checkout,
        version,
        {"link": str(home.current), "target": f"releases/{old}"},
        by_link,
        {"link": str(home.current), "target": f"releases/{new}"},
        by_link,
        by_own_path,
    )
    kept = old if version < "1.5" else new
    assert [answer["release"] for answer in answers] == [[[old]], [[kept]], [[new]]]
