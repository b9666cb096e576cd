"""Answers to queries: for people nothing acts, for programs nothing is lost."""

import csv
import datetime as dt
import io
import json
import sys

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


FORMULAS = [
    '=HYPERLINK("http://elsewhere.invalid")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
]


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_no_text_is_a_formula_in_csv(relation, tmp_path, text):
    pivoted = f"PIVOT (SELECT 'a' AS name, {quoted(text)} AS text, 1 AS n) ON text USING sum(n)"
    for number, sql in enumerate([f"SELECT {quoted(text)} AS text", pivoted]):
        write_csv(relation(sql), tmp_path / str(number))
        with (tmp_path / str(number)).open(newline="", encoding="utf-8") as file:
            assert f"'{text}" in [field for line in csv.reader(file) for field in line]


def test_numbers_dates_and_other_texts_are_in_csv_as_they_are(relation, tmp_path):
    write_csv(
        relation("SELECT -2 AS a, -0.5 AS b, DATE '2025-03-01' AS c, 'a=b' AS d, '''=' AS e, '' AS f"), tmp_path / "out"
    )
    assert (tmp_path / "out").read_bytes() == b"a,b,c,d,e,f\r\n-2,-0.5,2025-03-01,a=b,'=,\r\n"


@pytest.mark.parametrize("text", [*FORMULAS, *HOSTILE], ids=ascii)
def test_json_and_parquet_hold_a_text_as_it_is(relation, tmp_path, text):
    write_json(relation(f"SELECT {quoted(text)} AS text"), tmp_path / "json")
    written = (tmp_path / "json").read_text(encoding="utf-8")
    assert json.loads(written) == [{"text": text}]
    assert printable(written) == written
    write_parquet(relation(f"SELECT {quoted(text)} AS text"), tmp_path / "parquet")
    assert pq.read_table(tmp_path / "parquet").to_pylist() == [{"text": text}]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_csv_acts_on_no_screen_and_is_whole_in_a_file(relation, tmp_path, monkeypatch, text):
    monkeypatch.setattr(sys, "stdout", Screen())
    write_csv(relation(f"SELECT {quoted(text)} AS text"), None)
    assert sys.stdout.getvalue().splitlines() == ["text", printable(text)]
    write_csv(relation(f"SELECT {quoted(text)} AS text"), tmp_path / "out")
    assert text in (tmp_path / "out").read_text(encoding="utf-8")


class Screen(io.StringIO):
    """Standard output that a person looks at."""

    def isatty(self):
        return True


def quoted(text):
    """Return a text as SQL, each sign by its number: not every sign can stand in a query."""
    return "concat(" + ", ".join(f"chr({ord(sign)})" for sign in text) + ")"


def test_json_keeps_null_apart_from_empty_and_dates_as_iso(relation, tmp_path):
    write_json(relation("SELECT NULL AS nothing, '' AS empty, TIMESTAMP '2025-03-01 15:00:00' AS at"), tmp_path / "out")
    assert json.loads((tmp_path / "out").read_text()) == [{"nothing": None, "empty": "", "at": "2025-03-01T15:00:00"}]


def test_parquet_keeps_the_types(relation, tmp_path):
    write_parquet(relation("SELECT DATE '2025-03-01' AS day, 7::SMALLINT AS votes"), tmp_path / "out")
    assert pq.read_table(tmp_path / "out").to_pylist() == [{"day": dt.date(2025, 3, 1), "votes": 7}]
