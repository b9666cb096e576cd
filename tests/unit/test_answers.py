"""Answers to queries: for people nothing acts, for programs nothing is lost."""

import csv
import datetime as dt
import json

import duckdb
import pyarrow.parquet as pq
import pytest

from dagster_project.answers import MOST_ROWS, printable, write_csv, write_json, write_parquet, write_table

HOSTILE = ["\x1b[31mred\x1b[0m", "a\x00b", "\u202egnp.exe", "\x9b2J", "[bold]markup[/bold]", "tab\tstop"]


@pytest.fixture
def relation():
    with duckdb.connect() as connection:
        yield connection.sql


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_printed_acts_on_a_terminal(text):
    assert all(sign.isprintable() or sign == "\n" for sign in printable(text))


def test_ordinary_text_of_any_script_is_printed_as_it_is():
    for text in ("논문 제목", "Nguyễn", "PanGu-$π$", "two\nlines", "🤗"):
        assert printable(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_shows_hostile_text_as_text(relation, tmp_path, text):
    quoted = text.replace("\x00", "")
    write_table(relation(f"SELECT '{quoted}' AS title"), tmp_path / "out")
    shown = (tmp_path / "out").read_text(encoding="utf-8")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    if text.startswith("[bold]"):
        assert text in shown


def test_a_long_answer_says_that_it_is_cut(relation, tmp_path):
    write_table(relation("SELECT * FROM range(1000)"), tmp_path / "out")
    shown = (tmp_path / "out").read_text()
    assert f"the first {MOST_ROWS} rows" in shown


def test_csv_reads_back_as_what_it_was(relation, tmp_path):
    write_csv(
        relation("""SELECT 'a "quoted", text\nof two lines' AS text, NULL AS nothing, true AS yes"""), tmp_path / "out"
    )
    with (tmp_path / "out").open(newline="") as file:
        assert list(csv.reader(file)) == [["text", "nothing", "yes"], ['a "quoted", text\nof two lines', "", "true"]]


def test_json_keeps_null_apart_from_empty_and_dates_as_iso(relation, tmp_path):
    write_json(relation("SELECT NULL AS nothing, '' AS empty, TIMESTAMP '2025-03-01 15:00:00' AS at"), tmp_path / "out")
    assert json.loads((tmp_path / "out").read_text()) == [{"nothing": None, "empty": "", "at": "2025-03-01T15:00:00"}]


def test_parquet_keeps_the_types(relation, tmp_path):
    write_parquet(relation("SELECT DATE '2025-03-01' AS day, 7::SMALLINT AS votes"), tmp_path / "out")
    assert pq.read_table(tmp_path / "out").to_pylist() == [{"day": dt.date(2025, 3, 1), "votes": 7}]
