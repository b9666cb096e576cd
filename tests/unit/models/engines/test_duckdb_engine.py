"""Models on DuckDB: how they read the lake, and what a model may not do."""

import duckdb
import polars as pl
import pytest

from dagster_project.errors import ModelError
from dagster_project.models.catalog import Model
from dagster_project.models.engines.duckdb_engine import register_parquet, run_model

COLUMNS = {"arxiv_id": "VARCHAR", "votes": "INTEGER"}


def model(sql, layer="fact"):
    return Model("fact_vote", layer, "one row a paper", sql, frozenset())


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        opened.execute("CREATE TABLE fact_vote (arxiv_id VARCHAR PRIMARY KEY, votes INTEGER)")
        yield opened


def test_a_lake_table_without_files_is_an_empty_view(connection, tmp_path):
    register_parquet(connection, "entry", tmp_path / "entry", COLUMNS)
    assert connection.execute("SELECT * FROM lake_entry").fetchall() == []
    assert [kind for _, kind, *_ in connection.execute("DESCRIBE lake_entry").fetchall()] == ["VARCHAR", "INTEGER"]


ODD = [
    "a folder's name",
    "[papers] (1)",
    "what?",
    "a*b",
    "a**b",
    "{a,b}",
    'a "b"',
    "50%",
    "#1",
    "votes=7",
    "a\\b",
    "[!a]",
]
"""Names of folders with signs of patterns, of SQL, of addresses and of partitions."""


@pytest.mark.parametrize("name", ODD)
def test_all_files_of_a_lake_table_are_read_from_any_folder(connection, tmp_path, name):
    folder = tmp_path / name / "entry"
    for source, votes in (("digest", 1), ("huggingface", 2)):
        (folder / source).mkdir(parents=True)
        frame = pl.DataFrame({"arxiv_id": ["2401.00001"], "votes": [votes]})
        frame.write_parquet(folder / source / "2024-01-01.parquet")
        frame.write_parquet(folder / source / "2024-01-01 (conflicted copy).parquet")
    register_parquet(connection, "entry", folder, COLUMNS)
    assert connection.execute("SELECT sum(votes) FROM lake_entry").fetchall() == [(3,)]


def test_columns_go_by_name_and_rows_are_counted(connection):
    assert run_model(connection, model("SELECT 7 AS votes, '2401.00001' AS arxiv_id")) == 1
    assert connection.execute("SELECT * FROM fact_vote").fetchall() == [("2401.00001", 7)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'x' AS arxiv_id, 1 AS votes, 2 AS more",
        "SELECT NULL AS arxiv_id, 1 AS votes",
        "SELECT 'x' AS arxiv_id, 1 AS votes UNION ALL SELECT 'x', 2",
        "SELECT 'x' AS arxiv_id, 'many' AS votes",
        "SELECT nothing FROM nowhere",
    ],
    ids=["a column too many", "a NULL in a key", "a key twice", "another type", "a table that does not exist"],
)
def test_a_model_that_breaks_its_contract_is_named_in_one_line(connection, sql):
    with pytest.raises(ModelError, match=r"^fact/fact_vote\.sql: [^\n]+$"):
        run_model(connection, model(sql))
