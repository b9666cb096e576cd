"""mart_vote_velocity: how fast votes come. Ages count from 00:00 UTC of the first day listed, a Monday."""

import pytest

from tests.sql.conftest import Lake

PAPER = "2501.00001"
AT_MARKS = "votes_24h, is_interpolated_24h, votes_72h, is_interpolated_72h, votes_7d, is_interpolated_7d"
TO_90 = "hours_to_90_percent, is_interpolated_90_percent"
UNKNOWN = (None, None)

CURVES = {
    # Ages 12, 36, 84 and 180 hours. 24 h: half of the way from 10 to 20. 72 h: three quarters of the way from 20 to
    # 60. 7 days are 168 hours: seven eighths of the way from 60 to 100.
    "votes lie on a line between the captures around a mark": (
        [("06 12:00", 10), ("07 12:00", 20), ("09 12:00", 60), ("13 12:00", 100)],
        {AT_MARKS: (15.0, True, 50.0, True, 95.0, True)},
    ),
    "a capture exactly at a mark is taken as it is": (
        [("06 12:00", 10), ("07 00:00", 13), ("09 00:00", 14), ("13 00:00", 15), ("14 00:00", 90)],
        {AT_MARKS: (13.0, False, 14.0, False, 15.0, False)},
    ),
    "a mark at the first or the last capture is known": (
        [("07 00:00", 13), ("09 00:00", 14)],
        {AT_MARKS: (13.0, False, 14.0, False, *UNKNOWN)},
    ),
    "nothing is said before the first and after the last capture": (
        [("07 00:01", 13), ("08 23:59", 14)],
        {AT_MARKS: UNKNOWN * 3},
    ),
    "votes that did not move are still between two captures": (
        [("06 12:00", 10), ("09 12:00", 10)],
        {AT_MARKS: (10.0, True, 10.0, True, *UNKNOWN)},
    ),
    "votes that fall fall on the line too": (
        [("06 12:00", 20), ("07 12:00", 10)],
        {AT_MARKS: (15.0, True, *UNKNOWN * 2)},
    ),
    "votes that are not known are no observation": (
        [("06 12:00", 10), ("07 00:00", None), ("07 12:00", 20)],
        {AT_MARKS: (15.0, True, *UNKNOWN * 2)},
    ),
    "a single capture says when and how many": (
        [("06 12:00", 10)],
        {
            AT_MARKS: UNKNOWN * 3,
            TO_90: UNKNOWN,
            "observations, first_observed_at, last_observed_at": (1, "2025-01-06 12:00", "2025-01-06 12:00"),
            "observed_hours, first_votes, last_votes, hours_to_peak": (0.0, 10, 10, 12.0),
        },
    ),
    # 90 % of 100 are 90: half of the way from 80, at 36 hours, to 100, at 60.
    "90 % lie on the line up to them": (
        [("06 12:00", 10), ("07 12:00", 80), ("08 12:00", 100)],
        {TO_90: (48.0, True)},
    ),
    "90 % exactly at a capture were seen": (
        [("06 12:00", 10), ("07 12:00", 90), ("08 12:00", 100)],
        {TO_90: (36.0, False)},
    ),
    "90 % that were there at the first capture came nobody knows when": (
        [("06 12:00", 90), ("07 12:00", 100)],
        {TO_90: UNKNOWN},
    ),
    "95 % at the first capture, too": ([("06 12:00", 95), ("07 12:00", 100)], {TO_90: UNKNOWN}),
    "all at the first capture, too": ([("06 12:00", 100), ("07 12:00", 100)], {TO_90: UNKNOWN}),
    "no votes at all have no 90 %": ([("06 12:00", 0), ("07 12:00", 0)], {TO_90: UNKNOWN}),
    # 90 % of the last 50 are 45: half of the way from 10, at 12 hours, to 80, at 36. At 40 and 50 they come again.
    "90 % of votes that fell again are reached the first time": (
        [("06 12:00", 10), ("07 12:00", 80), ("08 12:00", 40), ("09 12:00", 50)],
        {TO_90: (24.0, True), "last_votes, hours_to_peak": (50, 36.0)},
    ),
    "the peak is the first capture with the most votes": (
        [("06 12:00", 10), ("07 12:00", 30), ("08 12:00", 20), ("09 12:00", 30)],
        {"hours_to_peak": 36.0},
    ),
}
"""The captures of a paper, and what its columns say of them."""


@pytest.fixture(scope="module")
def curves():
    """Return the warehouse with a paper for each curve."""
    lake = Lake()
    for number, (captures, _) in enumerate(CURVES.values()):
        for captured_at, count in captures:
            lake.entry(f"2501.{number:05}", captured_at=f"2025-01-{captured_at}", votes=count)
    return lake.build()


@pytest.mark.parametrize("name", CURVES)
def test_a_curve(curves, name):
    for columns, expected in CURVES[name][1].items():
        of_paper = f"FROM mart_vote_velocity WHERE arxiv_id = '2501.{[*CURVES].index(name):05}'"
        assert curves.row(f"SELECT {columns} {of_paper}") == expected


def votes(lake, *captures):
    for captured_at, count in captures:
        lake.entry(PAPER, captured_at=f"2025-01-{captured_at}", votes=count)


def test_both_sources_are_observations(lake):
    # The digest counts at 23:00. 24 h: a quarter of the way from there, 12, to 03:00 of the next day, 20.
    lake.entry(PAPER, votes=10)
    lake.entry(PAPER, "digest", votes=12)
    lake.entry(PAPER, captured_at="2025-01-07 03:00", votes=20)
    warehouse = lake.build()
    assert warehouse.row(f"SELECT {AT_MARKS} FROM mart_vote_velocity") == (14.0, True, *UNKNOWN * 2)
    assert warehouse.row("SELECT observations FROM mart_vote_velocity") == 3


def test_where_both_sources_count_at_once_the_api_is_believed(lake):
    lake.entry(PAPER, "digest", votes=12)
    lake.entry(PAPER, captured_at="2025-01-06 23:00", votes=11)
    assert lake.build().row("SELECT observations, first_votes, last_votes FROM mart_vote_velocity") == (1, 11, 11)


def test_a_paper_that_only_a_digest_knows_has_one_observation(lake):
    lake.entry(PAPER, "digest", votes=7)
    assert lake.build().row("SELECT observations, last_votes, hours_to_peak FROM mart_vote_velocity") == (1, 7, 23.0)


def test_papers_whose_votes_are_not_known_have_no_row(lake):
    lake.entry("2501.00002", votes=None)
    lake.entry("2501.00003", "digest", votes=None)
    votes(lake, ("06 12:00", 10), ("07 00:00", None), ("07 12:00", 20))
    assert lake.build().rows("SELECT arxiv_id FROM mart_vote_velocity") == [PAPER]


def test_an_answer_that_is_the_same_again_is_an_observation(lake):
    votes(lake, ("06 12:00", 10), ("10 00:00", 40))
    lake.fetch("unchanged", captured_at="2025-01-08 00:00")
    lake.fetch("unchanged", captured_at="2025-01-09 12:00")
    warehouse = lake.build()
    # Still 10 at 48 and at 84 hours: the votes came after 72 hours.
    assert warehouse.row(f"SELECT {AT_MARKS} FROM mart_vote_velocity") == (10.0, True, 10.0, True, *UNKNOWN)
    assert warehouse.row("SELECT observations, last_observed_at FROM mart_vote_velocity") == (4, "2025-01-10 00:00")


def test_the_same_again_after_the_list_became_empty_says_nothing(lake):
    votes(lake, ("06 12:00", 10))
    lake.fetch("empty", captured_at="2025-01-08 00:00")
    lake.fetch("unchanged", captured_at="2025-01-09 00:00")
    lake.fetch("failed", captured_at="2025-01-10 00:00")
    assert lake.build().row("SELECT observations, last_observed_at FROM mart_vote_velocity") == (1, "2025-01-06 12:00")


def test_observations_are_those_of_the_votes_by_day(lake):
    votes(lake, ("06 12:00", 10), ("08 12:00", 12))
    lake.fetch("unchanged", captured_at="2025-01-07 12:00")
    lake.fetch("unchanged", captured_at="2025-01-09 12:00")
    lake.entry(PAPER, "digest", listed_on="2025-01-07", votes=11)
    lake.entry("2501.00002", votes=1)
    difference = """
        SELECT paper_key, CAST(min(observed_at) AS DATE), max(observed_at), count(DISTINCT observed_at)
        FROM fact_observation WHERE votes IS NOT NULL GROUP BY paper_key
        EXCEPT
        SELECT paper_key, CAST(first_observed_at AS DATE), last_observed_at, observations FROM mart_vote_velocity
    """
    assert lake.build().rows(difference) == []


def test_ages_count_from_the_first_day_listed(lake):
    lake.entry(PAPER, listed_on="2025-01-06", captured_at="2025-01-07 12:00", votes=10)
    lake.entry(PAPER, listed_on="2025-01-08", captured_at="2025-01-08 12:00", votes=20)
    columns = "first_listed_on, observed_hours, hours_to_peak"
    assert lake.build().row(f"SELECT {columns} FROM mart_vote_velocity") == ("2025-01-06", 24.0, 60.0)


def test_the_weekday_is_that_of_the_first_day_listed(lake):
    for paper, day in enumerate(("2025-01-06", "2025-01-08", "2025-01-12")):
        lake.entry(f"2501.0000{paper}", listed_on=day, votes=1)
    weekdays = "SELECT day_of_week, weekday FROM mart_vote_velocity ORDER BY arxiv_id"
    assert lake.build().rows(weekdays) == [(1, "Monday"), (3, "Wednesday"), (7, "Sunday")]
