"""fact_observation: every time that the votes of a paper were seen, changed or not."""

import pytest

from tests.sql.conftest import build_cases, name_paper

OF_PAPER = "INNER JOIN dim_paper AS paper USING (paper_key) WHERE paper.arxiv_id = ?"
OBSERVATIONS = f"""
    SELECT seen.observed_at, seen.votes, seen.is_new
    FROM fact_observation AS seen {OF_PAPER} ORDER BY seen.observed_at
"""
COUNTS = f"""
    SELECT seen.listed_on, seen.rank, seen.votes, seen.comments, seen.github_stars
    FROM fact_observation AS seen {OF_PAPER}
"""

CASES = {
    "a capture is a new observation and an equal answer repeats it": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"captured_at": "2025-01-08 12:00", "votes": 5},
            {"outcome": "fetched", "captured_at": "2025-01-06 12:00"},
            {"outcome": "unchanged", "captured_at": "2025-01-07 12:00"},
            {"outcome": "fetched", "captured_at": "2025-01-08 12:00"},
            {"outcome": "incomplete", "captured_at": "2025-01-09 12:00"},
        ],
        {
            OBSERVATIONS: [
                ("2025-01-06 12:00", 3, True),
                ("2025-01-07 12:00", 3, False),
                ("2025-01-08 12:00", 5, True),
                ("2025-01-09 12:00", 5, False),
            ]
        },
    ),
    "a repeated observation has all counts of the capture": (
        [
            {"rank": 4, "votes": 3, "comments": 1, "github_stars": 9},
            {"outcome": "unchanged", "captured_at": "2025-01-07 12:00"},
        ],
        {COUNTS: [("2025-01-06", 4, 3, 1, 9)] * 2},
    ),
    "an equal answer observes the papers of the newest capture alone": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"place": 2, "captured_at": "2025-01-07 12:00", "votes": 1},
            {"outcome": "unchanged", "captured_at": "2025-01-08 12:00"},
        ],
        {OBSERVATIONS: [("2025-01-06 12:00", 3, True)]},
    ),
    "an answer that equals an empty list observes nothing": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"outcome": "empty", "captured_at": "2025-01-07 12:00"},
            {"outcome": "unchanged", "captured_at": "2025-01-08 12:00"},
        ],
        {OBSERVATIONS: [("2025-01-06 12:00", 3, True)]},
    ),
    "answers without a list observe nothing": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"outcome": "missing", "captured_at": "2025-01-06 13:00"},
            {"outcome": "failed", "captured_at": "2025-01-06 14:00"},
            {"outcome": "future", "captured_at": "2025-01-06 15:00"},
        ],
        {OBSERVATIONS: [("2025-01-06 12:00", 3, True)]},
    ),
    "a source repeats only its own captures": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"outcome": "unchanged", "source": "digest", "captured_at": "2025-01-07 12:00"},
        ],
        {OBSERVATIONS: [("2025-01-06 12:00", 3, True)]},
    ),
    "a day repeats only its own captures": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"outcome": "unchanged", "date": "2025-01-07", "captured_at": "2025-01-08 12:00"},
        ],
        {OBSERVATIONS: [("2025-01-06 12:00", 3, True)]},
    ),
    "an archive repeats only its own captures": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"outcome": "unchanged", "archive": "own", "captured_at": "2025-01-08 12:00"},
        ],
        {OBSERVATIONS: [("2025-01-06 12:00", 3, True)]},
    ),
    "unknown votes are observed as unknown": (
        [{"votes": None}],
        {OBSERVATIONS: [("2025-01-06 12:00", None, True)]},
    ),
}
"""The rows of a case, and what the warehouse says of its first paper."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse of all cases."""
    return build_cases(rows for rows, _ in CASES.values())


@pytest.mark.parametrize("case", CASES)
def test_when_votes_were_seen(cases, case):
    for query, expected in CASES[case][1].items():
        assert cases.rows(query, [name_paper([*CASES].index(case))]) == expected


def test_the_new_observations_are_the_rows_of_fact_vote(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00", votes=3, comments=1, github_stars=2)
    lake.entry("2501.00001", "digest", votes=4)
    lake.fetch("unchanged", captured_at="2025-01-07 12:00")
    columns = "paper_key, source_key, archive_key, listed_on, votes, comments, github_stars"
    new = f"SELECT {columns}, observed_at FROM fact_observation WHERE is_new ORDER BY observed_at"
    warehouse = lake.build()
    assert len(warehouse.rows(new)) == 2
    assert warehouse.rows(new) == warehouse.rows(f"SELECT {columns}, captured_at FROM fact_vote ORDER BY captured_at")
    # All of them were captured by this warehouse.
    archives = "SELECT archive, url, format, licence FROM fact_observation INNER JOIN dim_archive USING (archive_key)"
    assert warehouse.rows(archives) == [("own", None, None, None)] * 3
