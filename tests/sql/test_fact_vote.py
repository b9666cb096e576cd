"""fact_vote: the observations that say something new, with the votes gained since the one before."""

import pytest

from tests.sql.conftest import build_cases, name_paper

VOTES = """
    SELECT source.source, vote.listed_on, vote.captured_at, vote.votes, vote.votes_gained
    FROM fact_vote AS vote
    INNER JOIN dim_paper AS paper USING (paper_key)
    INNER JOIN dim_source AS source USING (source_key)
    WHERE paper.arxiv_id = ?
    ORDER BY source.source, vote.captured_at, vote.listed_on
"""
COUNTS = """
    SELECT vote.comments, vote.github_stars
    FROM fact_vote AS vote INNER JOIN dim_paper AS paper USING (paper_key)
    WHERE paper.arxiv_id = ? ORDER BY vote.captured_at
"""

CASES = {
    "every capture is a row with the votes gained since the one before": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"captured_at": "2025-01-06 12:20", "votes": 5},
            {"captured_at": "2025-01-08 12:00", "votes": 4},
        ],
        {
            VOTES: [
                ("huggingface", "2025-01-06", "2025-01-06 12:00", 3, None),
                ("huggingface", "2025-01-06", "2025-01-06 12:20", 5, 2),
                ("huggingface", "2025-01-06", "2025-01-08 12:00", 4, -1),
            ]
        },
    ),
    "votes are gained across two days of listing": (
        [
            {"listed_on": "2025-01-06", "captured_at": "2025-01-06 12:00", "votes": 3},
            {"listed_on": "2025-01-08", "captured_at": "2025-01-08 12:00", "votes": 10},
            {"listed_on": "2025-01-06", "captured_at": "2025-01-08 12:05", "votes": 11},
        ],
        {
            VOTES: [
                ("huggingface", "2025-01-06", "2025-01-06 12:00", 3, None),
                ("huggingface", "2025-01-08", "2025-01-08 12:00", 10, 7),
                ("huggingface", "2025-01-06", "2025-01-08 12:05", 11, 1),
            ]
        },
    ),
    "two sources count apart": (
        [
            {"source": "huggingface", "captured_at": "2025-01-06 12:00", "votes": 3},
            {"source": "digest", "captured_at": "2025-01-06 23:00", "votes": 9},
            {"source": "huggingface", "captured_at": "2025-01-07 12:00", "votes": 10},
        ],
        {
            VOTES: [
                ("digest", "2025-01-06", "2025-01-06 23:00", 9, None),
                ("huggingface", "2025-01-06", "2025-01-06 12:00", 3, None),
                ("huggingface", "2025-01-06", "2025-01-07 12:00", 10, 7),
            ]
        },
    ),
    "what was gained is unknown where either count is": (
        [
            {"source": "digest", "listed_on": "2023-12-01", "votes": None},
            {"source": "digest", "listed_on": "2023-12-06", "votes": 0},
            {"source": "digest", "listed_on": "2023-12-08", "votes": 2},
        ],
        {
            VOTES: [
                ("digest", "2023-12-01", "2023-12-01 23:00", None, None),
                ("digest", "2023-12-06", "2023-12-06 23:00", 0, None),
                ("digest", "2023-12-08", "2023-12-08 23:00", 2, 2),
            ]
        },
    ),
    "a paper that vanished keeps the votes that were seen": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"place": 2, "captured_at": "2025-01-06 12:00", "votes": 1},
            {"place": 2, "captured_at": "2025-01-07 12:00", "votes": 2},
        ],
        {VOTES: [("huggingface", "2025-01-06", "2025-01-06 12:00", 3, None)]},
    ),
    "an unchanged answer adds no row": (
        [
            {"captured_at": "2025-01-06 12:00", "votes": 3},
            {"outcome": "fetched", "captured_at": "2025-01-06 12:00"},
            {"outcome": "unchanged", "captured_at": "2025-01-07 12:00"},
        ],
        {VOTES: [("huggingface", "2025-01-06", "2025-01-06 12:00", 3, None)]},
    ),
    "comments and stars are kept with the capture": (
        [
            {"captured_at": "2025-01-06 12:00", "comments": 0, "github_stars": None},
            {"captured_at": "2025-01-07 12:00", "comments": 2, "github_stars": 40},
        ],
        {COUNTS: [(0, None), (2, 40)]},
    ),
}
"""The rows of a case, and what the warehouse says of its first paper."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse of all cases."""
    return build_cases(rows for rows, _ in CASES.values())


@pytest.mark.parametrize("case", CASES)
def test_what_a_capture_says_of_votes(cases, case):
    for query, expected in CASES[case][1].items():
        assert cases.rows(query, [name_paper([*CASES].index(case))]) == expected
