"""Votes at fixed ages: fact_vote_age."""

import pytest

from tests.sql.conftest import build_cases, name_paper

DAY = "2025-01-06"
OF_PAPER = "INNER JOIN dim_paper AS paper USING (paper_key) WHERE paper.arxiv_id = ?"
MARKS = f"""
    SELECT mark.age_hours, mark.votes, mark.is_interpolated, mark.gap_hours, mark.is_narrow
    FROM fact_vote_age AS mark {OF_PAPER} ORDER BY mark.age_hours
"""
IS_NARROW = f"SELECT mark.age_hours, mark.is_narrow FROM fact_vote_age AS mark {OF_PAPER} ORDER BY mark.age_hours"
AGES = f"""
    SELECT seen.hours_since_submitted, seen.hours_since_listed
    FROM fact_observation AS seen {OF_PAPER} ORDER BY seen.observed_at
"""
BEGINNING = "SELECT is_counted_from_submission, hours_to_peak FROM mart_vote_velocity WHERE arxiv_id = ?"

CASES = {
    "nothing is assumed before the first and after the last observation": (
        [{"captured_at": f"{DAY} 10:00", "votes": 4}, {"captured_at": "2025-01-07 06:00", "votes": 14}],
        {MARKS: [(12, 5.0, True, 20.0, True), (24, 11.0, True, 20.0, True)]},
    ),
    "an observation at that age is not interpolated": (
        [{"captured_at": f"{DAY} 12:00", "votes": 4}],
        {MARKS: [(12, 4.0, False, 0.0, True)]},
    ),
    "a gap of twice the age is narrow": (
        [{"captured_at": f"{DAY} 08:00", "votes": 4}, {"captured_at": "2025-01-07 08:00", "votes": 8}],
        {IS_NARROW: [(12, True), (24, True)]},
    ),
    "a gap of more than twice the age is not narrow": (
        [{"captured_at": f"{DAY} 08:00", "votes": 4}, {"captured_at": "2025-01-07 08:01", "votes": 8}],
        {IS_NARROW: [(12, False), (24, True)]},
    ),
    "the age counts from the submission where that is known": (
        [{"captured_at": f"{DAY} 15:30", "votes": 4, "submitted_at": f"{DAY} 09:30"}],
        {MARKS: [(6, 4.0, False, 0.0, True)], AGES: [(6.0, 15.5)], BEGINNING: [(True, 6.0)]},
    ),
    "a submission to a later list is not the beginning": (
        [
            {"votes": 4, "submitted_at": f"{DAY} 01:00"},
            {"listed_on": "2025-01-08", "votes": 9, "submitted_at": "2025-01-08 02:00"},
        ],
        {AGES: [(None, 12.0), (None, 60.0)]},
    ),
    "a doubted observation bends no curve": (
        [
            {"captured_at": f"{DAY} 11:00", "votes": 10},
            {"captured_at": f"{DAY} 11:30", "archive": "own", "votes": 9},
            {"captured_at": f"{DAY} 13:00", "votes": 12},
        ],
        {MARKS: [(12, 11.0, True, 2.0, True)]},
    ),
}
"""The rows of a case, and what the warehouse says of its first paper."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse of all cases."""
    return build_cases(rows for rows, _ in CASES.values())


@pytest.mark.parametrize("case", CASES)
def test_votes_by_age(cases, case):
    for query, expected in CASES[case][1].items():
        assert cases.rows(query, [name_paper([*CASES].index(case))]) == expected
