"""Reading a release: nothing can be written, nothing else can be read."""

import duckdb
import pytest

from dagster_project.errors import QueryError, ReleaseError
from dagster_project.lake.home import Home
from dagster_project.publish.reader import open_warehouse, query, read_release


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "papers.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE dim_paper (arxiv_id VARCHAR)")
    return path


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO dim_paper VALUES ('x')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '/dev/null'",
        "ATTACH '/dev/null' AS other",
        "SET lock_configuration = false",
        "INSTALL httpfs",
        "SELEC",
        "SET threads = 1",
        "SELECT CAST('many' AS INTEGER)",
    ],
)
def test_what_is_not_a_query_on_the_warehouse_is_refused_in_one_line(file, sql):
    with open_warehouse(file) as connection, pytest.raises(QueryError, match=r"^[^\n]+$"):
        query(connection, sql).fetchall()


def test_a_query_brings_its_rows(file):
    with open_warehouse(file) as connection:
        assert query(connection, "SELECT count(*) FROM dim_paper").fetchall() == [(0,)]


def test_no_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ReleaseError, match="papers build"):
        open_warehouse(tmp_path / "papers.duckdb").__enter__()


def test_a_file_that_is_none_is_said_to_be_none(tmp_path):
    (tmp_path / "papers.duckdb").write_bytes(b"not a database at all")
    with pytest.raises(
        ReleaseError, match=r"cannot be read: .*; if it is damaged, make it again with: .*papers build --offline"
    ):
        open_warehouse(tmp_path / "papers.duckdb").__enter__()


def test_a_home_without_a_readable_release_has_none(tmp_path):
    home = Home(tmp_path)
    assert read_release(home) is None
    home.current.mkdir()
    home.warehouse.write_bytes(b"torn")
    assert read_release(home) is None
