"""mart_keyword_month: keywords by the month in which papers were first listed."""

import pytest

ROWS = """
    SELECT month, keyword, papers, votes, month_papers, share, rank FROM mart_keyword_month
    ORDER BY month, rank, keyword
"""


def test_papers_votes_share_and_rank_with_ties(lake):
    lake.entry("2501.00001", votes=5, keywords=["agents", "search"])
    lake.entry("2501.00002", votes=None, keywords=["agents", "vision"])
    lake.entry("2501.00003", listed_on="2025-01-31", votes=2, keywords=["agents", "search", "speech"])
    lake.entry("2501.00004", votes=1, keywords=["vision"])
    # Without keywords, and with none known: neither is in the share.
    lake.entry("2501.00005", votes=9, keywords=[])
    lake.entry("2501.00006", "digest", votes=9)
    assert lake.build().rows(ROWS) == [
        ("2025-01-01", "agents", 3, 7, 4, 0.75, 1),
        ("2025-01-01", "search", 2, 7, 4, 0.5, 2),
        ("2025-01-01", "vision", 2, 1, 4, 0.5, 2),
        ("2025-01-01", "speech", 1, 2, 4, 0.25, 4),
    ]


def test_months_are_told_apart_and_a_paper_counts_in_its_first(lake):
    lake.entry("2501.00001", listed_on="2025-01-31", votes=1, keywords=["agents"])
    lake.entry("2501.00001", listed_on="2025-02-01", votes=4, keywords=["agents"])
    lake.entry("2502.00001", listed_on="2025-02-01", votes=2, keywords=["agents"])
    lake.entry("2502.00002", listed_on="2025-02-28", votes=2, keywords=["search"])
    assert lake.build().rows(ROWS) == [
        ("2025-01-01", "agents", 1, 4, 1, 1.0, 1),
        ("2025-02-01", "agents", 1, 2, 2, 0.5, 1),
        ("2025-02-01", "search", 1, 2, 2, 0.5, 1),
    ]


def test_votes_that_are_not_known_are_null(lake):
    lake.entry("2501.00001", votes=None, keywords=["agents"])
    assert lake.build().row("SELECT papers, votes FROM mart_keyword_month") == (1, None)


@pytest.mark.parametrize("keywords", [None, []])
def test_a_month_without_keywords_has_no_row(lake, keywords):
    lake.entry("2501.00001", votes=1, keywords=keywords)
    assert lake.build().rows(ROWS) == []
