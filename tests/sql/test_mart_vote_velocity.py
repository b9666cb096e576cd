"""mart_vote_velocity: how fast votes come. Ages count from 00:00 UTC of the first day listed, a Monday."""

import pytest

PAPER = "2501.00001"
AT_MARKS = """
    SELECT votes_24h, is_interpolated_24h, votes_72h, is_interpolated_72h, votes_7d, is_interpolated_7d
    FROM mart_vote_velocity
"""
TO_90 = "SELECT hours_to_90_percent, is_interpolated_90_percent FROM mart_vote_velocity"
UNKNOWN = (None, None)


def votes(lake, *captures):
    for captured_at, count in captures:
        lake.entry(PAPER, captured_at=f"2025-01-{captured_at}", votes=count)


def test_votes_lie_on_a_line_between_the_captures_around_a_mark(lake):
    # Ages 12, 36, 84 and 180 hours. 24 h: half of the way from 10 to 20. 72 h: three quarters of the way from 20 to
    # 60. 7 days are 168 hours: seven eighths of the way from 60 to 100.
    votes(lake, ("06 12:00", 10), ("07 12:00", 20), ("09 12:00", 60), ("13 12:00", 100))
    assert lake.build().row(AT_MARKS) == (15.0, True, 50.0, True, 95.0, True)


def test_a_capture_exactly_at_a_mark_is_taken_as_it_is(lake):
    votes(lake, ("06 12:00", 10), ("07 00:00", 13), ("09 00:00", 14), ("13 00:00", 15), ("14 00:00", 90))
    assert lake.build().row(AT_MARKS) == (13.0, False, 14.0, False, 15.0, False)


def test_a_mark_at_the_first_or_the_last_capture_is_known(lake):
    votes(lake, ("07 00:00", 13), ("09 00:00", 14))
    assert lake.build().row(AT_MARKS) == (13.0, False, 14.0, False, *UNKNOWN)


def test_nothing_is_said_before_the_first_and_after_the_last_capture(lake):
    votes(lake, ("07 00:01", 13), ("08 23:59", 14))
    assert lake.build().row(AT_MARKS) == UNKNOWN * 3


def test_votes_that_did_not_move_are_still_between_two_captures(lake):
    votes(lake, ("06 12:00", 10), ("09 12:00", 10))
    assert lake.build().row(AT_MARKS) == (10.0, True, 10.0, True, *UNKNOWN)


def test_votes_that_fall_fall_on_the_line_too(lake):
    votes(lake, ("06 12:00", 20), ("07 12:00", 10))
    assert lake.build().row(AT_MARKS) == (15.0, True, *UNKNOWN * 2)


def test_a_single_capture_says_when_and_how_many(lake):
    votes(lake, ("06 12:00", 10))
    warehouse = lake.build()
    assert warehouse.row(AT_MARKS) == UNKNOWN * 3
    assert warehouse.row(TO_90) == UNKNOWN
    columns = (
        "observations, first_observed_at, last_observed_at, observed_hours, first_votes, last_votes, hours_to_peak"
    )
    assert warehouse.row(f"SELECT {columns} FROM mart_vote_velocity") == (
        1,
        "2025-01-06 12:00",
        "2025-01-06 12:00",
        0.0,
        10,
        10,
        12.0,
    )


def test_both_sources_are_observations(lake):
    # The digest counts at 23:00. 24 h: a quarter of the way from there, 12, to 03:00 of the next day, 20.
    lake.entry(PAPER, votes=10)
    lake.entry(PAPER, "digest", votes=12)
    lake.entry(PAPER, captured_at="2025-01-07 03:00", votes=20)
    warehouse = lake.build()
    assert warehouse.row(AT_MARKS) == (14.0, True, *UNKNOWN * 2)
    assert warehouse.row("SELECT observations FROM mart_vote_velocity") == 3


def test_where_both_sources_count_at_once_the_api_is_believed(lake):
    lake.entry(PAPER, "digest", votes=12)
    lake.entry(PAPER, captured_at="2025-01-06 23:00", votes=11)
    assert lake.build().row("SELECT observations, first_votes, last_votes FROM mart_vote_velocity") == (1, 11, 11)


def test_a_paper_that_only_a_digest_knows_has_one_observation(lake):
    lake.entry(PAPER, "digest", votes=7)
    assert lake.build().row("SELECT observations, last_votes, hours_to_peak FROM mart_vote_velocity") == (1, 7, 23.0)


def test_votes_that_are_not_known_are_no_observation(lake):
    lake.entry("2501.00002", votes=None)
    lake.entry("2501.00003", "digest", votes=None)
    votes(lake, ("06 12:00", 10), ("07 00:00", None), ("07 12:00", 20))
    warehouse = lake.build()
    assert warehouse.rows("SELECT arxiv_id FROM mart_vote_velocity") == [PAPER]
    assert warehouse.row(AT_MARKS) == (15.0, True, *UNKNOWN * 2)


def test_an_answer_that_is_the_same_again_is_an_observation(lake):
    votes(lake, ("06 12:00", 10), ("10 00:00", 40))
    lake.fetch("unchanged", captured_at="2025-01-08 00:00")
    lake.fetch("unchanged", captured_at="2025-01-09 12:00")
    warehouse = lake.build()
    # Still 10 at 48 and at 84 hours: the votes came after 72 hours.
    assert warehouse.row(AT_MARKS) == (10.0, True, 10.0, True, *UNKNOWN)
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


def test_ninety_percent_lies_on_the_line_up_to_it(lake):
    # 90 % of 100 are 90: half of the way from 80, at 36 hours, to 100, at 60.
    votes(lake, ("06 12:00", 10), ("07 12:00", 80), ("08 12:00", 100))
    assert lake.build().row(TO_90) == (48.0, True)


def test_ninety_percent_exactly_at_a_capture_was_seen(lake):
    votes(lake, ("06 12:00", 10), ("07 12:00", 90), ("08 12:00", 100))
    assert lake.build().row(TO_90) == (36.0, False)


@pytest.mark.parametrize("first", [90, 95, 100])
def test_ninety_percent_that_were_there_at_the_first_capture_came_nobody_knows_when(lake, first):
    votes(lake, ("06 12:00", first), ("07 12:00", 100))
    assert lake.build().row(TO_90) == UNKNOWN


def test_no_votes_at_all_have_no_ninety_percent(lake):
    votes(lake, ("06 12:00", 0), ("07 12:00", 0))
    assert lake.build().row(TO_90) == UNKNOWN


def test_ninety_percent_of_votes_that_fell_again_are_reached_the_first_time(lake):
    # 90 % of the last 50 are 45: half of the way from 10, at 12 hours, to 80, at 36. At 40 and 50 they come again.
    votes(lake, ("06 12:00", 10), ("07 12:00", 80), ("08 12:00", 40), ("09 12:00", 50))
    warehouse = lake.build()
    assert warehouse.row(TO_90) == (24.0, True)
    assert warehouse.row("SELECT last_votes, hours_to_peak FROM mart_vote_velocity") == (50, 36.0)


def test_the_peak_is_the_first_capture_with_the_most_votes(lake):
    votes(lake, ("06 12:00", 10), ("07 12:00", 30), ("08 12:00", 20), ("09 12:00", 30))
    assert lake.build().row("SELECT hours_to_peak FROM mart_vote_velocity") == 36.0


def test_ages_count_from_the_first_day_listed(lake):
    lake.entry(PAPER, listed_on="2025-01-06", captured_at="2025-01-07 12:00", votes=10)
    lake.entry(PAPER, listed_on="2025-01-08", captured_at="2025-01-08 12:00", votes=20)
    columns = "first_listed_on, observed_hours, hours_to_peak"
    assert lake.build().row(f"SELECT {columns} FROM mart_vote_velocity") == ("2025-01-06", 24.0, 60.0)


@pytest.mark.parametrize(
    ("day", "number", "name"),
    [("2025-01-06", 1, "Monday"), ("2025-01-08", 3, "Wednesday"), ("2025-01-12", 7, "Sunday")],
)
def test_the_weekday_is_that_of_the_first_day_listed(lake, day, number, name):
    lake.entry(PAPER, listed_on=day, votes=1)
    assert lake.build().row("SELECT day_of_week, weekday FROM mart_vote_velocity") == (number, name)
