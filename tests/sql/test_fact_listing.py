"""fact_listing: papers on the day's lists, as the first capture that holds them shows them."""

import pytest

PAPER = "2501.00001"
LISTINGS = """
    SELECT paper.arxiv_id, source.source, listing.listed_on, listing.rank, listing.votes_at_capture
    FROM fact_listing AS listing
    INNER JOIN dim_paper AS paper USING (paper_key)
    INNER JOIN dim_source AS source USING (source_key)
    ORDER BY ALL
"""


def test_a_listing_is_as_the_first_capture_shows_it(lake):
    lake.entry(PAPER, captured_at="2025-01-07 12:00", rank=1, votes=30)
    lake.entry(PAPER, captured_at="2025-01-06 12:00", rank=4, votes=2)
    assert lake.build().rows(LISTINGS) == [(PAPER, "huggingface", "2025-01-06", 4, 2)]


def test_each_source_has_its_own_listing_of_a_paper_on_its_own_day(lake):
    lake.entry(PAPER, "huggingface", "2025-01-06", rank=2, votes=10)
    lake.entry(PAPER, "digest", "2025-01-07", rank=5, votes=12)
    assert lake.build().rows(LISTINGS) == [
        (PAPER, "digest", "2025-01-07", 5, 12),
        (PAPER, "huggingface", "2025-01-06", 2, 10),
    ]


def test_a_paper_listed_on_two_days_has_two_listings(lake):
    lake.entry(PAPER, listed_on="2025-01-06", votes=1)
    lake.entry(PAPER, listed_on="2025-01-08", votes=5)
    assert [(row[2], row[4]) for row in lake.build().rows(LISTINGS)] == [("2025-01-06", 1), ("2025-01-08", 5)]


def test_a_paper_that_came_late_or_vanished_is_listed_all_the_same(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00", rank=1)
    lake.entry("2501.00002", captured_at="2025-01-06 12:20", rank=1)
    assert [row[0] for row in lake.build().rows(LISTINGS)] == ["2501.00001", "2501.00002"]


def test_unknown_votes_stay_unknown(lake):
    lake.entry("2501.00001", "digest", votes=None)
    lake.entry("2501.00002", "digest", votes=0)
    assert [row[4] for row in lake.build().rows(LISTINGS)] == [None, 0]


RANKS = """
    SELECT paper.arxiv_id, listing.rank, listing.is_still_listed
    FROM fact_listing AS listing
    INNER JOIN dim_paper AS paper USING (paper_key)
    ORDER BY listing.listed_on, paper.arxiv_id
"""
P1, P2, P3 = "2501.00001", "2501.00002", "2501.00003"


def test_the_ranks_of_a_day_are_those_of_its_fullest_capture(lake):
    lake.entry(P1, captured_at="2025-01-06 08:00", rank=1)
    lake.entry(P1, captured_at="2025-01-06 10:00", rank=2)
    lake.entry(P2, captured_at="2025-01-06 10:00", rank=1)
    lake.entry(P2, captured_at="2025-01-06 12:00", rank=2)
    lake.entry(P3, captured_at="2025-01-06 12:00", rank=1)
    assert lake.build().rows(RANKS) == [(P1, 2, False), (P2, 1, True), (P3, None, True)]


@pytest.mark.parametrize(
    ("archive", "captured_at", "stays"),
    [
        ("own", "2025-01-06 08:20", False),
        ("others", "2025-01-06 09:00", True),
        ("others", "2025-01-06 09:01", False),
    ],
)
def test_a_capture_of_another_archive_may_be_of_an_older_answer(lake, archive, captured_at, stays):
    lake.archive("others")
    lake.entry(P1, captured_at="2025-01-06 08:00")
    lake.entry(P2, captured_at="2025-01-06 08:00")
    lake.entry(P2, captured_at=captured_at, archive=archive)
    assert lake.build().rows(RANKS) == [(P1, 1, stays), (P2, 2, True)]


def test_an_answer_that_was_cut_takes_nothing_off_the_list(lake):
    lake.entry(P1, captured_at="2025-01-06 08:00")
    lake.entry(P2, captured_at="2025-01-06 08:00")
    lake.entry(P2, captured_at="2025-01-06 12:00")
    lake.fetch("incomplete", captured_at="2025-01-06 12:00")
    assert lake.build().rows(RANKS) == [(P1, 1, True), (P2, 2, True)]


def test_a_paper_that_moved_is_still_listed_and_one_that_was_taken_off_is_not(lake):
    for arxiv_id in (P1, P2, P3):
        lake.entry(arxiv_id, captured_at="2025-01-06 08:00")
    lake.entry(P3, captured_at="2025-01-06 20:00")
    lake.entry(P1, listed_on="2025-01-07", captured_at="2025-01-07 08:00")
    warehouse = lake.build()
    assert warehouse.rows(RANKS) == [(P1, 1, False), (P2, 2, False), (P3, 3, True), (P1, 1, True)]
    assert warehouse.rows("SELECT arxiv_id FROM dim_paper WHERE NOT is_still_listed") == [P2]
