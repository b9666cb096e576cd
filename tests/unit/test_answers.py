"""Answers to queries: for people nothing acts on the terminal, for programs nothing is lost or half there."""

import csv
import datetime as dt
import io
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pyarrow.parquet as pq
import pytest

from dagster_project.answers import (
    MOST_ROWS,
    WRITERS,
    replace_unprintable,
    write_csv,
    write_json,
    write_parquet,
    write_table,
)
from dagster_project.errors import QueryError
from dagster_project.publish.reader import BATCH

HOSTILE = ["\x1b[31mred\x1b[0m", "a\x00b", "\u202egnp.exe", "\x9b2J", "[bold]markup[/bold]", "tab\tstop"]


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_printed_acts_on_a_terminal(text):
    assert all(sign.isprintable() or sign == "\n" for sign in replace_unprintable(text))


def test_ordinary_text_of_any_script_is_printed_as_it_is():
    for text in ("논문 제목", "Nguyễn", "PanGu-$π$", "two\nlines", "🤗"):
        assert replace_unprintable(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_shows_hostile_text_as_text(connection, tmp_path, text):
    quoted = text.replace("\x00", "")
    write_table(connection, f"SELECT '{quoted}' AS title", tmp_path / "out")
    shown = (tmp_path / "out").read_text(encoding="utf-8")
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    if text.startswith("[bold]"):
        assert text in shown


def test_a_long_answer_says_that_it_is_cut(connection, tmp_path):
    write_table(connection, "SELECT * FROM range(1000)", tmp_path / "out")
    shown = (tmp_path / "out").read_text()
    assert f"the first {MOST_ROWS} rows" in shown


def test_csv_reads_back_as_what_it_was(connection, tmp_path):
    write_csv(
        connection,
        """SELECT 'a "quoted", text\nof two lines' AS text, NULL AS nothing, true AS yes""",
        tmp_path / "out",
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
def test_no_text_is_a_formula_in_csv(connection, tmp_path, text):
    pivoted = f"PIVOT (SELECT 'a' AS name, {quoted(text)} AS text, 1 AS n) ON text USING sum(n)"
    for number, sql in enumerate([f"SELECT {quoted(text)} AS text", pivoted]):
        write_csv(connection, sql, tmp_path / str(number))
        with (tmp_path / str(number)).open(newline="", encoding="utf-8") as file:
            assert f"'{text}" in [field for line in csv.reader(file) for field in line]


def test_numbers_dates_and_other_texts_are_in_csv_as_they_are(connection, tmp_path):
    write_csv(
        connection,
        "SELECT -2 AS a, -0.5 AS b, DATE '2025-03-01' AS c, 'a=b' AS d, '''=' AS e, '' AS f",
        tmp_path / "out",
    )
    assert (tmp_path / "out").read_bytes() == b"a,b,c,d,e,f\r\n-2,-0.5,2025-03-01,a=b,'=,\r\n"


@pytest.mark.parametrize("text", [*FORMULAS, *HOSTILE], ids=ascii)
def test_json_and_parquet_hold_a_text_as_it_is(connection, tmp_path, text):
    write_json(connection, f"SELECT {quoted(text)} AS text", tmp_path / "json")
    written = (tmp_path / "json").read_text(encoding="utf-8")
    assert json.loads(written) == [{"text": text}]
    assert replace_unprintable(written) == written
    write_parquet(connection, f"SELECT {quoted(text)} AS text", tmp_path / "parquet")
    assert pq.read_table(tmp_path / "parquet").to_pylist() == [{"text": text}]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_csv_acts_on_no_screen_and_is_whole_in_a_file(connection, tmp_path, monkeypatch, text):
    monkeypatch.setattr(sys, "stdout", Screen())
    write_csv(connection, f"SELECT {quoted(text)} AS text", None)
    assert sys.stdout.getvalue().splitlines() == ["text", replace_unprintable(text)]
    write_csv(connection, f"SELECT {quoted(text)} AS text", tmp_path / "out")
    assert text in (tmp_path / "out").read_text(encoding="utf-8")


class Screen(io.StringIO):
    """Standard output that a person looks at."""

    def isatty(self):
        return True


def quoted(text):
    """Return a text as SQL, each sign by its number: not every sign can stand in a query."""
    return "concat(" + ", ".join(f"chr({ord(sign)})" for sign in text) + ")"


def test_json_keeps_null_apart_from_empty_and_dates_as_iso(connection, tmp_path):
    write_json(
        connection, "SELECT NULL AS nothing, '' AS empty, TIMESTAMP '2025-03-01 15:00:00' AS at", tmp_path / "out"
    )
    assert json.loads((tmp_path / "out").read_text()) == [{"nothing": None, "empty": "", "at": "2025-03-01T15:00:00"}]


def test_parquet_keeps_the_types(connection, tmp_path):
    write_parquet(connection, "SELECT DATE '2025-03-01' AS day, 7::SMALLINT AS votes", tmp_path / "out")
    assert pq.read_table(tmp_path / "out").to_pylist() == [{"day": dt.date(2025, 3, 1), "votes": 7}]


def test_json_is_laid_out_as_a_person_reads_it(connection, tmp_path):
    write_json(connection, "SELECT * FROM (VALUES (1, [1, 2]), (2, [])) AS rows (a, b)", tmp_path / "out")
    expected = [{"a": 1, "b": [1, 2]}, {"a": 2, "b": []}]
    assert (tmp_path / "out").read_text() == json.dumps(expected, indent=2) + "\n"
    write_json(connection, "SELECT 1 AS a WHERE false", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "[]\n"


LONG = 2 * BATCH + 1


def test_every_row_of_a_long_answer_is_written(connection, tmp_path):
    sql = f"SELECT range AS n FROM range({LONG})"
    for form in ("csv", "json", "parquet"):
        WRITERS[form](connection, sql, tmp_path / form)
    rows = [str(n) for n in range(LONG)]
    assert (tmp_path / "csv").read_text().split() == ["n", *rows]
    assert [str(row["n"]) for row in json.loads((tmp_path / "json").read_text())] == rows
    assert pq.read_table(tmp_path / "parquet")["n"].to_pylist() == list(range(LONG))


@pytest.mark.parametrize("form", WRITERS)
def test_an_answer_without_rows_is_written(connection, tmp_path, form):
    WRITERS[form](connection, "SELECT 1 AS a, 'x' AS b WHERE false", tmp_path / "out")
    assert (tmp_path / "out").exists()


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_query_that_fails_half_way_leaves_the_file_as_it_was(connection, tmp_path, form):
    many = 150_000
    sql = f"SELECT CAST(CASE WHEN range < {many - 1} THEN '1' ELSE 'many' END AS INTEGER) AS n FROM range({many})"
    for before in ({}, {"out": "what was there"}):
        for name, text in before.items():
            (tmp_path / name).write_text(text)
        with pytest.raises(QueryError, match=r"^Conversion Error: Could not convert string 'many'[^\n]+$"):
            WRITERS[form](connection, sql, tmp_path / "out")
        assert {file.name: file.read_text() for file in tmp_path.iterdir()} == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_stays_a_pipe(connection, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit((tmp_path / "pipe").read_bytes)
        write_csv(connection, "SELECT 1 AS a", tmp_path / "pipe")
        assert read.result(timeout=10) == b"a\r\n1\r\n"
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_still_points_at_its_file(connection, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_csv(connection, "SELECT 1 AS a", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"a\r\n1\r\n"
