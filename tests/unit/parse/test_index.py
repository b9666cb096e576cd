"""The archive's own index: every line is a row or a reject."""

import datetime as dt
import time

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


PAPER = "https://arxiv.org/abs/2401.0000{}"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quoted_title_may_hold_line_breaks(end):
    text = end.join(
        [
            f"2024-01-02,B,{PAPER.format(1)}",
            '2024-01-02,"A ""Small""',
            "",
            f'Title",{PAPER.format(2)}',
            "words",
            "",
            "more",
        ]
    )
    rows, rejects = parse_index("digest", ("date,title,url" + end + text).encode(), AT)
    assert [(row.arxiv_id, row.title) for row in rows] == [("2401.00001", "B"), ("2401.00002", 'A "Small" Title')]
    assert [(reject.raw, reject.line_start, reject.line_end) for reject in rejects] == [("words", 6, 6), ("more", 8, 8)]


def test_a_record_that_is_rejected_keeps_all_its_lines():
    record = f'2024-01-02,"A\nTitle",{PAPER.format(1)}'
    _, [reject] = read(f"{record}\n{record}\n")
    assert (reject.rule, reject.line_start, reject.line_end, reject.raw) == ("index_twice", 4, 5, record)


@pytest.mark.parametrize("closing", ["", '2024-01-05,D",https://arxiv.org/abs/2401.00004\n'])
def test_a_quote_that_nobody_closed_takes_no_other_line_along(closing):
    lines = [f'2024-01-02,"A,{PAPER.format(1)}', *(f"2024-01-0{day},B,{PAPER.format(day)}" for day in (3, 4))]
    rows, rejects = read("\n".join([*lines, closing]))
    assert [row.arxiv_id for row in rows][:2] == ["2401.00003", "2401.00004"]
    assert [reject.raw for reject in rejects] == lines[:1]


def test_a_quote_within_a_title_is_part_of_it():
    rows, rejects = read(f'2024-01-02,A 5" Disk,{PAPER.format(1)}\n2024-01-03,B "C,{PAPER.format(2)}\n')
    assert ([row.title for row in rows], rejects) == (['A 5" Disk', 'B "C'], [])


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0c"])
def test_only_line_ends_end_a_line(sign):
    [row], rejects = read(f"2024-01-02,A{sign}Title,{PAPER.format(1)}\n")
    assert (row.title, rejects) == ("A Title", [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("yesterday,A,https://arxiv.org/abs/2401.00001", "no date"),
        ("2024-01-02,A,https://example.org", "no paper"),
        ("2024-01-02, ,https://example.org", "no title and no paper"),
        ("words", "no date and no title and no paper"),
    ],
)
def test_a_reject_says_what_is_missing(line, reason):
    _, [reject] = read(line)
    assert reject.reason == reason


@pytest.mark.parametrize("line", ['"', '2024-01-02,"A', 'a,"\n"b', ""])
def test_the_time_to_read_grows_with_the_size(line):
    started = time.process_time()
    rows, rejects = read(f"{line}\nwords\n" * 20_000)
    assert len(rejects) >= 20_000
    assert rows == []
    assert time.process_time() - started < 10


@given(st.lists(st.sampled_from(['"', "z", ",", "\n", "\r\n", f"\n2024-01-02,A,{PAPER.format(1)}\n", '2024-01-03,"'])))
def test_every_text_is_in_a_row_or_a_reject(pieces):
    text = "".join(pieces)
    rows, rejects = read(text)
    shown = "".join(row.title for row in rows) + "".join(reject.raw for reject in rejects)
    assert shown.count("z") == text.count("z")


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
