"""fact_listing: papers on the day's lists, as the first capture that holds them shows them."""

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
