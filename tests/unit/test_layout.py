"""Rows of any width on terminals of any width."""

import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from dagster_project.layout import ENDLESS, NARROWEST, fit_widths, lay_out

AT = dt.datetime(2025, 3, 1, 15, 0, 0, 123456)
COLUMNS = ["title", "votes", "listed_on", "seen_at", "share", "is_withdrawn"]
TYPES = ["VARCHAR", "BIGINT", "DATE", "TIMESTAMP", "DECIMAL(9,2)", "BOOLEAN"]
ROW = ("강화 학습으로 추론하는 언어 모델", 123456789, dt.date(2024, 12, 31), AT, "1234567.89", True)
LONG = "On trees " * 40


def show(columns, types, rows, width, **more):
    """Return the lines that a terminal of a width shows, and whether it says that a text is cut."""
    layout = lay_out(columns, types, rows, width, **more)
    console = Console(file=io.StringIO(), width=width or ENDLESS)
    console.print(layout.body, soft_wrap=True)
    return console.file.getvalue().splitlines(), layout.is_cut


@pytest.mark.parametrize("width", [40, 80, 100, 120])
@pytest.mark.parametrize("lines", [True, False])
def test_numbers_and_dates_stand_whole_and_no_line_is_too_long(width, lines):
    rows = [ROW, (LONG, *ROW[1:])]
    shown, is_cut = show(COLUMNS, TYPES, rows, width, lines=lines)
    assert max(map(cell_len, shown)) <= width
    assert is_cut
    for value in map(str, ROW[1:]):
        assert sum(value in line for line in shown) == 2


def test_what_fits_is_a_table_and_what_does_not_is_a_block_a_row():
    shown, _ = show(COLUMNS, TYPES, [ROW, ROW], 120)
    assert [line for line in shown if all(str(value) in line for value in ROW)] == shown[3:5]
    shown, _ = show(COLUMNS, TYPES, [ROW, ROW], 60)
    assert [line.split()[0] for line in shown] == ["-[", *COLUMNS, "-[", *COLUMNS]


def test_without_rows_all_columns_are_named_in_any_width():
    for width in (20, 120):
        shown, is_cut = show(COLUMNS, TYPES, [], width)
        assert not is_cut
        assert all(column in " ".join(shown) for column in COLUMNS)


def test_only_the_longest_texts_are_cut_and_to_the_same_width():
    shown, is_cut = show(["a", "b", "c"], ["VARCHAR"] * 3, [("short", LONG, LONG)], 80, lines=False)
    assert is_cut
    assert "short" in shown[1]
    assert shown[1].count("…") == 2
    assert fit_widths([5, 360, 360], [5, 20, 20], 76) == [5, 35, 35]


def test_nothing_is_cut_where_it_fits():
    shown, is_cut = show(["text"], ["VARCHAR"], [("가" * 38,)], 80)
    assert not is_cut
    assert "가" * 38 in shown[3]
    shown, is_cut = show(["text"], ["VARCHAR"], [("가" * 39,)], 80)
    assert is_cut
    assert "가" * 37 + "…" in shown[3].replace(" ", "")


def test_without_a_terminal_values_are_whole_lines_and_all():
    shown, is_cut = show(["text", "n"], ["VARCHAR", "INTEGER"], [(LONG, 1), ("two\nlines", 2)], None)
    assert not is_cut
    assert any(LONG in line for line in shown)
    assert [line.split()[1] for line in shown[4:6]] == ["two", "lines"]


def test_line_ends_of_a_text_do_not_break_a_row_on_a_terminal():
    shown, _ = show(["text"], ["VARCHAR"], [("two\nlines",)], 80)
    assert "two lines" in shown[3]


def test_a_folded_text_is_whole():
    words = [f"word{number}" for number in range(60)]
    for width in (80, 30):
        shown, is_cut = show(["text", "n"], ["VARCHAR", "BIGINT"], [(" ".join(words), 10**18)], width, fold=True)
        assert not is_cut
        assert str(10**18) in "\n".join(shown)
        assert [word for word in words if word not in " ".join(shown)] == []


def test_a_number_that_nothing_fits_beside_has_a_line_of_its_own():
    name = "a_name_of_more_than_thirty_signs"
    shown, is_cut = show([name, "b"], ["HUGEINT", "VARCHAR"], [(2**120, "x")], 40)
    assert (shown[0].strip(), shown[1].strip()) == (name, str(2**120))
    assert not is_cut


@pytest.mark.parametrize("kind", ["INTEGER[]", "STRUCT(a INTEGER)", "VARCHAR", "ENUM('INT')", "BLOB", "JSON"])
def test_what_only_looks_like_a_number_is_cut(kind):
    _, is_cut = show(["a"], [kind], [("x" * 100,)], 40)
    assert is_cut


def test_null_is_shown_as_asked_for():
    assert "NULL" in "".join(show(["a"], ["VARCHAR"], [(None,)], 40, null="NULL")[0])
    assert len(show(["a"], ["VARCHAR"], [], 40)[0]) >= 1


@given(
    st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=30),
    st.integers(1, 300),
)
def test_widths_fill_the_room_and_never_more(columns, room):
    needed = [wide for wide, _ in columns]
    least = [wide if whole else min(wide, NARROWEST) for wide, whole in columns]
    widths = fit_widths(needed, least, room)
    if sum(least) > room:
        assert widths is None
        return
    assert sum(widths) <= room
    assert all(low <= wide <= high for low, wide, high in zip(least, widths, needed, strict=True))
    cut = sum(wide < high for wide, high in zip(widths, needed, strict=True))
    assert not cut or room - sum(widths) < cut
