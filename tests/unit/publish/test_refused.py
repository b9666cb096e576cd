"""The shared list of statements that may not run, against the reader of `papers sql`."""

import shutil

import duckdb
import pytest

from dagster_project.errors import QueryError
from dagster_project.publish.reader import open_warehouse, query
from tests.refused import ANSWERED, HIDDEN, REFUSED, SEVERAL, list_files

TABLES = """
CREATE TABLE mart_paper AS SELECT 1 AS papers;
CREATE TABLE dim_paper AS SELECT 'a title' AS title;
CREATE TABLE dim_source AS SELECT 'digest' AS source;
"""


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    with duckdb.connect(folder / "papers.duckdb") as connection:
        connection.execute(TABLES)
    return folder


@pytest.fixture
def release(made_once, tmp_path):
    """The folder of a release that even root can write to."""
    return shutil.copytree(made_once, tmp_path / "release")


@pytest.mark.parametrize("statement", [*REFUSED, SEVERAL])
def test_a_statement_that_may_not_run_does_nothing(release, tmp_path, statement):
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "secret.txt").write_text(HIDDEN)
    before = list_files(release, folder)
    with open_warehouse(release / "papers.duckdb") as connection, pytest.raises(QueryError) as refused:
        query(connection, statement.format(folder=folder, release=release)).fetchall()
    assert "\n" not in str(refused.value)
    assert HIDDEN not in str(refused.value)
    assert list_files(release, folder) == before


@pytest.mark.parametrize("statement", ANSWERED)
def test_a_query_is_answered(release, statement):
    with open_warehouse(release / "papers.duckdb") as connection:
        assert query(connection, statement).fetchall()
