"""The archive's own index: every line is a row or a reject."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.parse.index import parse_index
from dagster_project.parse.rows import IndexEntry

AT = dt.datetime(2025, 3, 1, 12)
HEADER = "date,title,url\n"


def read(text):
    return parse_index("digest", (HEADER + text).encode(), AT)


def test_a_line_names_a_paper_for_a_day():
    rows, rejects = read("2024-01-02,A Small Title,https://arxiv.org/abs/2401.00001\n")
    assert rows == [IndexEntry("digest", dt.date(2024, 1, 2), "2401.00001", "A Small Title")]
    assert rejects == []


@pytest.mark.parametrize("title", ['"Quoted, with a comma"', "Bare, with a comma"])
def test_a_title_may_hold_commas(title):
    [row], _ = read(f"2024-01-02,{title},https://arxiv.org/abs/2401.00001\n")
    assert row.title == title.strip('"')


def test_the_same_paper_on_two_days_is_two_rows_and_twice_on_one_a_reject():
    line = "2024-01-0{},A,https://arxiv.org/abs/2401.00001\n"
    rows, rejects = read(line.format(2) + line.format(3) + line.format(2))
    assert [row.listed_on.day for row in rows] == [2, 3]
    assert [(reject.rule, reject.line_start) for reject in rejects] == [("index_twice", 4)]


@pytest.mark.parametrize(
    "line",
    [
        "yesterday,A,https://arxiv.org/abs/2401.00001",
        "2024-01-02,A,https://example.org",
        "2024-01-02,,https://arxiv.org/abs/2401.00001",
        "words",
    ],
)
def test_a_line_that_names_no_day_title_or_paper_is_a_reject_with_its_text(line):
    rows, [reject] = read(line)
    assert rows == []
    assert (reject.rule, reject.line_start, reject.raw) == ("index_line", 2, line)


@given(st.binary())
def test_no_bytes_raise(body):
    parse_index("digest", body, AT)
    parse_index("digest", HEADER.encode() + body, AT)


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), max_size=20))
def test_every_line_with_text_is_a_row_or_a_reject(lines):
    rows, rejects = read("\n".join(lines))
    assert len(rows) + len(rejects) == len(lines)


def test_the_real_index_is_read_whole(shared_data):
    body = (shared_data / "digests" / "index.csv").read_bytes()
    rows, rejects = parse_index("digest", body, AT)
    assert rejects == []
    assert len(rows) == body.count(b"\n") - 1
