"""fact_vote_day: votes day by day, carried forward between two observations and never beyond them."""

import pytest

from tests.sql.conftest import build_cases, name_paper

OF_PAPER = "INNER JOIN dim_paper AS paper USING (paper_key) WHERE paper.arxiv_id = ?"
DAYS = f"SELECT day.date, day.votes, day.is_observed FROM fact_vote_day AS day {OF_PAPER} ORDER BY day.date"
AGES = f"SELECT day.date, day.days_since_listed FROM fact_vote_day AS day {OF_PAPER} ORDER BY day.date"
OBSERVATIONS = f"SELECT seen.observed_at, seen.votes, seen.is_new FROM fact_observation AS seen {OF_PAPER} ORDER BY ALL"

CASES = {
    "days between two captures carry the earlier votes forward": (
        [{"captured_at": "2025-01-06 12:00", "votes": 3}, {"captured_at": "2025-01-09 12:00", "votes": 8}],
        {DAYS: [("2025-01-06", 3, True), ("2025-01-07", 3, False), ("2025-01-08", 3, False), ("2025-01-09", 8, True)]},
    ),
    "nothing is carried past the last capture or before the first": (
        [
            {"listed_on": "2025-01-03", "captured_at": "2025-01-06 12:00", "votes": 3},
            {"place": 2, "listed_on": "2025-01-03", "captured_at": "2025-01-20 12:00", "votes": 1},
        ],
        {DAYS: [("2025-01-06", 3, True)]},
    ),
    "a day holds the last votes known by its end": (
        [{"captured_at": "2025-01-06 12:20", "votes": 5}, {"captured_at": "2025-01-06 12:00", "votes": 3}],
        {DAYS: [("2025-01-06", 5, True)]},
    ),
    "a digest counts at the end of its day": (
        [
            {"source": "huggingface", "captured_at": "2025-01-06 12:00", "votes": 3},
            {"source": "digest", "votes": 9},
            {"source": "huggingface", "captured_at": "2025-01-08 12:00", "votes": 10},
        ],
        {DAYS: [("2025-01-06", 9, True), ("2025-01-07", 9, False), ("2025-01-08", 10, True)]},
    ),
    "of two counts at the same time the API is believed": (
        [
            {"source": "digest", "captured_at": "2025-01-06 23:00", "votes": 5},
            {"source": "huggingface", "captured_at": "2025-01-06 23:00", "votes": 6},
        ],
        {DAYS: [("2025-01-06", 6, True)]},
    ),
    "an unchanged answer is an observation": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"outcome": "fetched", "captured_at": "2025-01-06 12:00"},
            {"outcome": "unchanged", "captured_at": "2025-01-08 12:00"},
        ],
        {DAYS: [("2025-01-06", 3, True), ("2025-01-07", 3, False), ("2025-01-08", 3, True)]},
    ),
    "an unchanged answer is of the newest capture before it": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"captured_at": "2025-01-07 12:00", "votes": 4},
            {"outcome": "unchanged", "captured_at": "2025-01-08 12:00"},
        ],
        {DAYS: [("2025-01-06", 3, True), ("2025-01-07", 4, True), ("2025-01-08", 4, True)]},
    ),
    "an unchanged answer says nothing of a paper that had vanished": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"place": 2, "captured_at": "2025-01-07 12:00", "votes": 1},
            {"outcome": "unchanged", "captured_at": "2025-01-08 12:00"},
        ],
        {DAYS: [("2025-01-06", 3, True)]},
    ),
    "an unchanged answer after a day became empty says nothing": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"outcome": "fetched", "captured_at": "2025-01-06 12:00"},
            {"outcome": "empty", "captured_at": "2025-01-07 12:00"},
            {"outcome": "unchanged", "captured_at": "2025-01-08 12:00"},
        ],
        {DAYS: [("2025-01-06", 3, True)]},
    ),
    "a failed attempt is no observation": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"outcome": "failed", "captured_at": "2025-01-08 12:00"},
        ],
        {DAYS: [("2025-01-06", 3, True)]},
    ),
    "unknown votes are no day and zero votes are": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": None},
            {"captured_at": "2025-01-07 12:00", "votes": 0},
            {"captured_at": "2025-01-08 12:00", "votes": None},
        ],
        {DAYS: [("2025-01-07", 0, True)]},
    ),
    "stored captures that are read again are no new observation": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"captured_at": "2025-01-06 12:20", "votes": 5},
            {"outcome": "fetched", "captured_at": "2025-01-06 12:00", "fetched_at": "2025-02-01 09:00"},
            {"outcome": "fetched", "captured_at": "2025-01-06 12:20", "fetched_at": "2025-02-01 09:00"},
            {"outcome": "incomplete", "captured_at": "2025-01-06 12:00", "fetched_at": "2025-02-02 09:00"},
            {"outcome": "unchanged", "captured_at": "2025-01-06 12:20", "fetched_at": "2025-02-02 09:00"},
        ],
        {
            DAYS: [("2025-01-06", 5, True)],
            OBSERVATIONS: [("2025-01-06 12:00", 3, True), ("2025-01-06 12:20", 5, True)],
        },
    ),
    "a paper listed on two days has one row a day": (
        [
            {"listed_on": "2025-01-06", "captured_at": "2025-01-06 12:00", "votes": 3},
            {"listed_on": "2025-01-07", "captured_at": "2025-01-08 12:00", "votes": 7},
            {"listed_on": "2025-01-06", "captured_at": "2025-01-08 12:05", "votes": 8},
        ],
        {
            DAYS: [("2025-01-06", 3, True), ("2025-01-07", 3, False), ("2025-01-08", 8, True)],
            AGES: [("2025-01-06", 0), ("2025-01-07", 1), ("2025-01-08", 2)],
        },
    ),
    "days are counted from the first list of any source": (
        [
            {"source": "digest", "listed_on": "2025-01-06", "votes": None},
            {"source": "huggingface", "listed_on": "2025-01-08", "votes": 2},
        ],
        {AGES: [("2025-01-08", 2)]},
    ),
}
"""The rows of a case, and what the warehouse says of its first paper."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse of all cases."""
    return build_cases(rows for rows, _ in CASES.values())


@pytest.mark.parametrize("case", CASES)
def test_votes_day_by_day(cases, case):
    for query, expected in CASES[case][1].items():
        assert cases.rows(query, [name_paper([*CASES].index(case))]) == expected
