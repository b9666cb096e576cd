"""A table at a glance: what is shown of rows from anywhere, and the picture of days."""

import base64
import datetime as dt
import json
import re
from xml.etree import ElementTree as ET

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_project.defs.preview import (
    FEW,
    HIGH,
    LONGEST,
    draw_days,
    embed_picture,
    make_cell,
    read_entries,
    read_first_rows,
    read_log,
)
from dagster_project.lake.home import Home

DAY = dt.date(2024, 1, 25)


def after(days):
    return DAY + dt.timedelta(days=days)


def picture(days):
    return ET.fromstring(draw_days(days))  # noqa: S314, for it was written a line ago


def steps(days):
    """Return how high the steps of a picture are, in pixels, from left to right."""
    drawing = picture(days).find("{*}path").get("d")
    base = int(re.match(r"M0 (\d+)", drawing)[1])
    return [base - int(top) for top in re.findall(r"V(\d+)h", drawing)]


@pytest.mark.parametrize("value", [None, True, 0, -1, 2**53 - 1, 1.5, "a title", ""])
def test_a_value_that_a_page_can_hold_is_shown_as_it_is(value):
    assert make_cell(value) is value


@pytest.mark.parametrize("key", [2**53, 2**53 + 1, -(2**53) - 1, 7_046_029_254_386_353_131])
def test_a_key_that_javascript_would_round_is_shown_digit_by_digit(key):
    assert make_cell(key) == str(key)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_cannot_hold_is_shown_as_text(value):
    assert make_cell(value) == str(value)


def test_days_and_times_are_shown_as_written():
    assert make_cell(DAY) == "2024-01-25"
    assert make_cell(dt.datetime(2024, 1, 25, 23)) == "2024-01-25 23:00:00"


@given(st.text())
def test_a_text_is_cut_where_it_is_too_long_and_nowhere_else(text):
    shown = make_cell(text)
    assert len(shown) <= LONGEST
    assert shown == text or (len(text) > LONGEST and shown.endswith("…") and text.startswith(shown[:-1]))


@given(st.dictionaries(st.dates(DAY, DAY + dt.timedelta(days=20_000)), st.integers(0, 10**9), min_size=1))
def test_a_picture_of_any_days_is_well_formed_and_small_enough_to_be_shown_at_once(days):
    said = [text.text for text in picture(days).findall(".//{*}text")]
    assert str(min(days)) in said
    assert str(max(days)) in said
    assert max(steps(days)) == (HIGH if any(days.values()) else 0)
    assert len(f"![papers a day]({embed_picture(draw_days(days))})") < 1_000


def test_a_step_is_as_high_as_its_day():
    assert steps({after(0): 10, after(1): 20, after(3): 5}) == [20, 40, 0, 10]


def test_days_that_share_a_step_are_averaged_and_the_picture_says_so():
    days = {after(day): 4 if day < 60 else 2 for day in range(120)}
    assert steps(days) == [40] * 30 + [20] * 30
    assert "at most 4 papers a day, averaged over 2 days" in draw_days(days)


def test_a_picture_s_address_holds_all_of_it():
    _, _, held = embed_picture(draw_days({DAY: 1})).partition("base64,")
    assert base64.b64decode(held).decode() == draw_days({DAY: 1})


def test_a_table_shows_its_first_rows_and_no_more():
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE many AS SELECT range AS n, repeat('x', 200) AS text FROM range(100)")
        shown = read_first_rows(connection, "many")
    assert [row["n"] for row in shown] == list(range(FEW))
    assert all(len(row["text"]) == LONGEST for row in shown)
    json.dumps(shown, allow_nan=False)


def test_a_home_without_any_day_has_nothing_to_show(tmp_path):
    for glance in (read_entries(Home(tmp_path), "digest"), read_log(Home(tmp_path), "digest")):
        assert (glance.count, glance.rows, glance.days) == (0, [], {})
