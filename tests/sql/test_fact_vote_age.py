"""Votes at fixed ages: fact_vote_age."""

import pytest

DAY = "2025-01-06"
AGES = "SELECT age_hours, votes, is_interpolated, gap_hours, is_narrow FROM fact_vote_age ORDER BY age_hours"


def test_nothing_is_assumed_before_the_first_and_after_the_last_observation(lake):
    lake.entry("2501.00001", captured_at=f"{DAY} 10:00", votes=4)
    lake.entry("2501.00001", captured_at="2025-01-07 06:00", votes=14)
    assert lake.build().rows(AGES) == [(12, 5.0, True, 20.0, True), (24, 11.0, True, 20.0, True)]


def test_an_observation_at_that_age_is_not_interpolated(lake):
    lake.entry("2501.00001", captured_at=f"{DAY} 12:00", votes=4)
    assert lake.build().rows(AGES) == [(12, 4.0, False, 0.0, True)]


@pytest.mark.parametrize(("captured_at", "is_narrow"), [("2025-01-07 08:00", True), ("2025-01-07 08:01", False)])
def test_a_gap_of_more_than_twice_the_age_is_not_narrow(lake, captured_at, is_narrow):
    lake.entry("2501.00001", captured_at=f"{DAY} 08:00", votes=4)
    lake.entry("2501.00001", captured_at=captured_at, votes=8)
    assert lake.build().row("SELECT is_narrow FROM fact_vote_age WHERE age_hours = 12") == is_narrow


def test_the_age_counts_from_the_submission_where_that_is_known(lake):
    submitted = f"{DAY} 09:30"
    lake.entry("2501.00001", captured_at=f"{DAY} 15:30", votes=4, submitted_at=submitted)
    warehouse = lake.build()
    assert warehouse.rows(AGES) == [(6, 4.0, False, 0.0, True)]
    ages = "SELECT hours_since_submitted, hours_since_listed FROM fact_observation"
    assert warehouse.row(ages) == (6.0, 15.5)
    assert warehouse.row("SELECT is_counted_from_submission, hours_to_peak FROM mart_vote_velocity") == (True, 6.0)


def test_a_submission_to_a_later_list_is_not_the_beginning(lake):
    lake.entry("2501.00001", votes=4, submitted_at=f"{DAY} 01:00")
    lake.entry("2501.00001", listed_on="2025-01-08", votes=9, submitted_at="2025-01-08 02:00")
    warehouse = lake.build()
    ages = "SELECT hours_since_submitted, hours_since_listed FROM fact_observation ORDER BY observed_at"
    assert warehouse.rows(ages) == [(None, 12.0), (None, 60.0)]


def test_a_doubted_observation_bends_no_curve(lake):
    lake.archive("theirs")
    lake.entry("2501.00001", captured_at=f"{DAY} 11:00", votes=10)
    lake.entry("2501.00001", captured_at=f"{DAY} 11:30", archive="theirs", votes=9)
    lake.entry("2501.00001", captured_at=f"{DAY} 13:00", votes=12)
    assert lake.build().rows(AGES) == [(12, 11.0, True, 2.0, True)]
