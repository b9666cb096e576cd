"""Answers to queries: for people nothing acts on the terminal, for programs nothing is lost or half there."""

import codecs
import csv
import datetime as dt
import io
import json
import os
import sys
import tempfile
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.answers import (
    MOST_ROWS,
    WRITERS,
    write_csv,
    write_json,
    write_parquet,
    write_table,
)
from dagster_project.errors import QueryError
from dagster_project.layout import replace_unprintable
from dagster_project.publish.reader import BATCH

HOSTILE = ["\x1b[31mred\x1b[0m", "a\x00b", "\u202egnp.exe", "\x9b2J", "[bold]markup[/bold]", "tab\tstop"]
CITATIONS = ["bibtex", "ris", "csl"]


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_printed_acts_on_a_terminal(text):
    shown = replace_unprintable(text)
    assert all(sign.isprintable() or sign == "\n" for sign in shown)
    assert len(shown) == len(text)


def test_every_sign_that_acts_is_replaced():
    acts = {"Cc", "Cs", "Zl", "Zp"}
    turns = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    for sign in map(chr, range(0x110000)):
        if (unicodedata.category(sign) in acts or sign in turns) and sign != "\n":
            assert replace_unprintable(f"a{sign}b") == "a\ufffdb", ascii(sign)


@pytest.mark.parametrize(
    "text",
    [
        "가\u3000나",
        "a\u00a0b",
        "1\u202f000",
        "a\u2003b",
        "👩\u200d💻",
        "می\u200cخواهم",
        "a\u00adb",
        "a\u200bb",
        "葛\U000e0100",
    ],
)
def test_blanks_and_joiners_are_shown_as_they_are(connection, tmp_path, text):
    assert replace_unprintable(text) == text
    for form in ("table", "csv", "json"):
        WRITERS[form](connection, f"SELECT {quoted(text)} AS text", tmp_path / form)
        written = (tmp_path / form).read_text(encoding="utf-8")
        assert text in (json.loads(written)[0]["text"] if form == "json" else written)


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
    with (tmp_path / "out").open(newline="", encoding="utf-8-sig") as file:
        assert list(csv.reader(file)) == [["text", "nothing", "yes"], ['a "quoted", text\nof two lines', "", "true"]]


def test_null_is_an_empty_field_and_an_empty_text_is_quoted(connection, tmp_path):
    sql = "SELECT * FROM (VALUES (NULL, 1, ''), ('', NULL, NULL), ('a', 2, ' ')) AS rows (a, n, b)"
    write_csv(connection, sql, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == codecs.BOM_UTF8 + b'a,n,b\r\n,1,""\r\n"",,\r\na,2, \r\n'
    read = duckdb.sql(f"FROM read_csv('{tmp_path / 'out.csv'}', allow_quoted_nulls = false)").fetchall()
    assert read == connection.execute(sql).fetchall()


@given(st.lists(st.text(st.sampled_from("a\" ',\r\n가;|"), max_size=6), min_size=2, max_size=4))
def test_any_text_reads_back_from_csv(texts):
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        columns = ", ".join(f"{quoted(f'x{text}')} AS c" for text in texts)
        write_csv(connection, f"SELECT {columns}", Path(folder, "out.csv"))
        with Path(folder, "out.csv").open(newline="", encoding="utf-8-sig") as file:
            assert list(csv.reader(file)) == [["c"] * len(texts), [f"x{text}" for text in texts]]


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
    assert (tmp_path / "out").read_bytes() == codecs.BOM_UTF8 + b'a,b,c,d,e,f\r\n-2,-0.5,2025-03-01,a=b,\'=,""\r\n'


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
    assert (tmp_path / "csv").read_text(encoding="utf-8-sig").split() == ["n", *rows]
    assert [str(row["n"]) for row in json.loads((tmp_path / "json").read_text())] == rows
    assert pq.read_table(tmp_path / "parquet")["n"].to_pylist() == list(range(LONG))


@pytest.mark.parametrize("form", WRITERS)
def test_an_answer_without_rows_is_written(warehouse, tmp_path, form):
    WRITERS[form](warehouse, "SELECT 1 AS a, 'x' AS arxiv_id WHERE false", tmp_path / "out")
    assert (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def warehouse(connection):
    """Two papers: of one the authors stand in order, of the other in none."""
    connection.execute(
        """
        CREATE TABLE dim_paper AS SELECT *, NULL::VARCHAR AS primary_category, NULL::VARCHAR AS doi,
            NULL::VARCHAR AS journal_ref
        FROM (VALUES
            (1, 'hep-th/9901001', 'One', NULL::DATE, 'https://arxiv.org/abs/hep-th/9901001', false),
            (2, '2401.00002', E'Two\x1b[31m', DATE '2024-01-31', 'https://arxiv.org/abs/2401.00002', true)
        ) AS papers (paper_key, arxiv_id, title, published_on, arxiv_url, authors_truncated);
        CREATE TABLE bridge_paper_author AS FROM (VALUES
            (1, 2, 'Ada Lovelace'), (1, 1, 'Noël Vouitsis'), (2, NULL, 'Wil van der Aalst'), (2, NULL, 'OpenAI')
        ) AS authors (paper_key, position, name_as_printed)
        """
    )
    return connection


def cite(connection, sql, file):
    WRITERS["csl"](connection, sql, file)
    return json.loads(file.read_text(encoding="utf-8"))


def test_authors_stand_in_their_order_or_by_name_with_a_note(warehouse, tmp_path):
    one, two = cite(warehouse, "SELECT arxiv_id FROM dim_paper ORDER BY paper_key", tmp_path / "out")
    assert [name["family"] for name in one["author"]] == ["Vouitsis", "Lovelace"]
    assert "note" not in one
    assert [name.get("family", name.get("literal")) for name in two["author"]] == ["OpenAI", "Aalst", "others"]
    assert two["note"] == "The order of the authors is unknown. The list of authors is incomplete."


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM (VALUES ('2401.00002'), (NULL), ('hep-th/9901001'), ('2401.00002')) AS answer (arxiv_id)",
        "SELECT Paper_Key FROM dim_paper ORDER BY paper_key DESC",
        "SELECT 1 AS paper_key, arxiv_id AS ARXIV_ID FROM dim_paper ORDER BY arxiv_id",  # an arXiv id wins
    ],
)
def test_each_paper_that_is_named_is_cited_once_in_the_order_of_the_answer(warehouse, tmp_path, sql):
    cited = cite(warehouse, sql, tmp_path / "out")
    assert [item["id"] for item in cited] == ["arXiv:2401.00002", "arXiv:hep-th/9901001"]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT title FROM dim_paper", "nothing to cite: the answer needs a column arxiv_id or paper_key"),
        (
            "SELECT '2401.00002v1' AS arxiv_id",
            r"no paper of the warehouse has arxiv_id '2401.00002v1'; select arxiv_id",
        ),
        (
            "SELECT range AS paper_key FROM range(9)",
            r"no paper of the warehouse has paper_key '0' \(7 such in the answer\)",
        ),
        ("SELECT ['a'] AS arxiv_id", "no paper of the warehouse has arxiv_id"),
    ],
)
@pytest.mark.parametrize("form", CITATIONS)
def test_an_answer_that_names_no_papers_of_the_warehouse_is_refused(warehouse, tmp_path, form, sql, reason):
    with pytest.raises(QueryError, match=f"^{reason}[^\n]*$"):
        WRITERS[form](warehouse, sql, tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", CITATIONS)
def test_citations_act_on_no_screen(warehouse, monkeypatch, form):
    monkeypatch.setattr(sys, "stdout", Screen())
    WRITERS[form](warehouse, "SELECT arxiv_id FROM dim_paper", None)
    shown = sys.stdout.getvalue()
    assert "Two" in shown
    assert "\ufffd" not in shown
    assert replace_unprintable(shown) == shown


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


def test_a_csv_file_says_that_it_is_utf8_and_programs_read_it(connection, tmp_path):
    write_csv(connection, "SELECT '가나' AS \"제목\", 1 AS n", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == codecs.BOM_UTF8 + "제목,n\r\n가나,1\r\n".encode()
    assert duckdb.read_csv(str(tmp_path / "out.csv")).columns == ["제목", "n"]
    assert pl.read_csv(tmp_path / "out.csv").columns == ["제목", "n"]


def test_no_other_format_has_a_mark_and_nor_has_standard_output(connection, tmp_path, capsysbinary):
    write_csv(connection, "SELECT '가' AS a", None)
    sys.stdout.flush()
    assert capsysbinary.readouterr().out == "a\r\n가\r\n".encode()
    for form in ("table", "json", "parquet"):
        WRITERS[form](connection, "SELECT '가' AS a", tmp_path / form)
        assert not (tmp_path / form).read_bytes().startswith(codecs.BOM_UTF8)


@pytest.mark.parametrize("form", WRITERS)
def test_a_folder_that_is_missing_is_made(warehouse, tmp_path, form):
    WRITERS[form](warehouse, "SELECT arxiv_id FROM dim_paper", tmp_path / "new" / "er" / "out")
    assert (tmp_path / "new" / "er" / "out").stat().st_size > 0


def test_json_holds_null_where_it_has_no_number(connection, tmp_path):
    values = (
        "'nan'::DOUBLE AS a, ['inf'::FLOAT, 1.5::DOUBLE] AS b, {'x': '-inf'::DOUBLE} AS c, MAP {1: 'nan'::FLOAT} AS d"
    )
    write_json(connection, f"SELECT {values}", tmp_path / "out")
    text = (tmp_path / "out").read_text()
    assert json.loads(text, parse_constant=pytest.fail) == [
        {"a": None, "b": [None, 1.5], "c": {"x": None}, "d": {"1": None}}
    ]


VALUES = {
    "1.50::DECIMAL(9,2)": 1.5,
    "12345678901234567890.12::DECIMAL(38,2)": "12345678901234567890.12",
    "170141183460469231731687303715884105727::HUGEINT": 2**127 - 1,
    r"'a\x00\xFF'::BLOB": r"a\x00\xFF",
    "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "MAP {DATE '2025-01-01': [TIME '10:00']}": {"2025-01-01": ["10:00:00"]},
    "{'a': {'b': [1.5::DECIMAL(2,1), NULL]}}": {"a": {"b": [1.5, None]}},
    "INTERVAL '1 month 3 days 04:05:06'": "1 month 3 days 04:05:06",
    "[{'a': INTERVAL 13 MONTH, 'an INTERVAL, b': 1}]": [{"a": "1 year 1 month", "an INTERVAL, b": 1}],
    "MAP {'a': INTERVAL 1 MONTH}": {"a": "1 month"},
    "'INTERVAL'::ENUM('INTERVAL')": "INTERVAL",
    "[1, 2]::INTEGER[2]": [1, 2],
    "'101'::BIT": "101",
    "union_value(k := 1)": 1,
    "'b'::ENUM('a', 'b')": "b",
    "true": True,
    "NULL": None,
}


@pytest.mark.parametrize(("sql", "value"), VALUES.items(), ids=VALUES)
def test_json_holds_a_value_of_any_type(connection, tmp_path, sql, value):
    write_json(connection, f"SELECT {sql} AS a", tmp_path / "out")
    assert json.loads((tmp_path / "out").read_text()) == [{"a": value}]


@pytest.mark.parametrize(
    "sql",
    [
        *VALUES,
        "[INTERVAL 1 MONTH]",
        "{'a': INTERVAL 1 MONTH}",
        "'12'::BIGNUM",
        "['12'::BIGNUM]",
        "TIMESTAMP 'infinity'",
    ],
)
def test_parquet_holds_a_value_of_any_type(connection, tmp_path, sql):
    write_parquet(connection, f"SELECT {sql} AS a, 1 AS b; -- a comment", tmp_path / "out")
    assert duckdb.read_parquet(str(tmp_path / "out")).columns == ["a", "b"]
    assert pq.read_table(tmp_path / "out").num_rows == 1


@pytest.mark.parametrize(
    "sql",
    [
        "DESCRIBE SELECT 1 AS a",
        "SUMMARIZE SELECT 1 AS a",
        "SHOW TABLES",
        "EXPLAIN SELECT 1",
        "PIVOT (SELECT 'a' AS name, INTERVAL 1 DAY AS long) ON name USING max(long)",
        "WITH a AS (SELECT INTERVAL 1 DAY AS b) FROM a ORDER BY 1 LIMIT 1",
    ],
)
def test_the_answer_to_any_query_is_written(connection, tmp_path, sql):
    for form in WRITERS.keys() - set(CITATIONS):
        WRITERS[form](connection, sql, tmp_path / form)
    written = pq.read_table(tmp_path / "parquet")
    assert written.num_rows == len(json.loads((tmp_path / "json").read_text()))


def test_an_interval_is_its_text_in_every_format(connection, tmp_path):
    sql = 'SELECT INTERVAL \'1 month 3 days 04:05:06\' AS a, 2 AS a, 3 AS "odd "" name"; -- a comment'
    for form in WRITERS.keys() - set(CITATIONS):
        WRITERS[form](connection, sql, tmp_path / form)
    row = {"a": "1 month 3 days 04:05:06", "a_1": 2, 'odd " name': 3}
    assert row["a"] in (tmp_path / "table").read_text(encoding="utf-8")
    with (tmp_path / "csv").open(newline="", encoding="utf-8-sig") as file:
        assert list(csv.reader(file)) == [["a", "a", 'odd " name'], [row["a"], "2", "3"]]
    assert json.loads((tmp_path / "json").read_text()) == pq.read_table(tmp_path / "parquet").to_pylist() == [row]


def test_intervals_of_a_long_answer_keep_their_order(connection, tmp_path):
    write_csv(
        connection, f"FROM (SELECT to_months(range::INTEGER) AS a FROM range({LONG})) ORDER BY a DESC", tmp_path / "out"
    )
    months = (tmp_path / "out").read_text(encoding="utf-8-sig").split("\n")[1:-1]
    assert len(months) == LONG
    assert (months[0].strip(), months[-1].strip()) == ("1666 years 8 months", "00:00:00")


def test_of_columns_of_one_name_none_is_lost(connection, tmp_path):
    for form in ("csv", "json", "parquet"):
        WRITERS[form](connection, "SELECT 1 AS a, 2 AS a, 3 AS a", tmp_path / form)
    assert (tmp_path / "csv").read_text(encoding="utf-8-sig").split() == ["a,a,a", "1,2,3"]
    assert json.loads((tmp_path / "json").read_text()) == [{"a": 1, "a_1": 2, "a_2": 3}]
    assert pq.read_table(tmp_path / "parquet").to_pylist() == [{"a": 1, "a_1": 2, "a_2": 3}]


def test_bytes_are_text_in_a_table_and_in_csv(connection, tmp_path):
    for form in ("table", "csv"):
        WRITERS[form](connection, r"SELECT 'a\xFF'::BLOB AS a", tmp_path / form)
        assert r"a\xFF" in (tmp_path / form).read_text(encoding="utf-8")


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
    assert (tmp_path / "file").read_bytes() == codecs.BOM_UTF8 + b"a\r\n1\r\n"
