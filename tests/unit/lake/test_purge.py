"""What is left of a purged paper: files that name it, in whatever form they hold it."""

import sqlite3
from contextlib import closing

import duckdb
import polars as pl
import pytest

from dagster_project.lake.home import Home
from dagster_project.lake.purge import Task, find_left

PAPER, TITLE = "2401.00001", "It's a title, of a paper"


def write_parquet(file):
    pl.DataFrame({"number": [1], "title": [TITLE.upper()]}).write_parquet(file, compression="zstd")


def write_release(file):
    with duckdb.connect(file) as connection:
        connection.execute("CREATE TABLE paper AS SELECT ? AS title", [TITLE])


def write_history(file):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE event (body)")
        connection.execute("INSERT INTO event VALUES (?)", [f"previewed {PAPER}"])
        connection.commit()


@pytest.mark.parametrize("folder", ["home", "data [papers] (1)*"])
@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("day.parquet", write_parquet),
        ("papers.duckdb", write_release),
        ("runs.db", write_history),
        ("log.txt", lambda file: file.write_text(f"asked for {PAPER}v2")),
    ],
)
def test_a_file_that_names_the_paper_is_found_wherever_the_home_lies(tmp_path, folder, name, write):
    home = Home(tmp_path / folder)
    home.root.mkdir()
    pl.DataFrame({"title": ["Another title of a paper"]}).write_parquet(home.root / "other.parquet")
    write(home.root / name)
    assert find_left(home, Task(PAPER, frozenset([TITLE]))) == [home.root / name]
