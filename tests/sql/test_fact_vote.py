"""fact_vote: the observations that say something new, with the votes gained since the one before."""

PAPER = "2501.00001"
VOTES = """
    SELECT source.source, vote.listed_on, vote.captured_at, vote.votes, vote.votes_gained
    FROM fact_vote AS vote
    INNER JOIN dim_paper AS paper USING (paper_key)
    INNER JOIN dim_source AS source USING (source_key)
    WHERE paper.arxiv_id = '2501.00001'
    ORDER BY source.source, vote.captured_at, vote.listed_on
"""


def test_every_capture_is_a_row_with_the_votes_gained_since_the_one_before(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.entry(PAPER, captured_at="2025-01-06 12:20", votes=5)
    lake.entry(PAPER, captured_at="2025-01-08 12:00", votes=4)
    assert lake.build().rows(VOTES) == [
        ("huggingface", "2025-01-06", "2025-01-06 12:00", 3, None),
        ("huggingface", "2025-01-06", "2025-01-06 12:20", 5, 2),
        ("huggingface", "2025-01-06", "2025-01-08 12:00", 4, -1),
    ]


def test_votes_are_gained_across_two_days_of_listing(lake):
    lake.entry(PAPER, listed_on="2025-01-06", captured_at="2025-01-06 12:00", votes=3)
    lake.entry(PAPER, listed_on="2025-01-08", captured_at="2025-01-08 12:00", votes=10)
    lake.entry(PAPER, listed_on="2025-01-06", captured_at="2025-01-08 12:05", votes=11)
    assert lake.build().rows(VOTES) == [
        ("huggingface", "2025-01-06", "2025-01-06 12:00", 3, None),
        ("huggingface", "2025-01-08", "2025-01-08 12:00", 10, 7),
        ("huggingface", "2025-01-06", "2025-01-08 12:05", 11, 1),
    ]


def test_two_sources_count_apart(lake):
    lake.entry(PAPER, "huggingface", captured_at="2025-01-06 12:00", votes=3)
    lake.entry(PAPER, "digest", captured_at="2025-01-06 23:00", votes=9)
    lake.entry(PAPER, "huggingface", captured_at="2025-01-07 12:00", votes=10)
    assert lake.build().rows(VOTES) == [
        ("digest", "2025-01-06", "2025-01-06 23:00", 9, None),
        ("huggingface", "2025-01-06", "2025-01-06 12:00", 3, None),
        ("huggingface", "2025-01-06", "2025-01-07 12:00", 10, 7),
    ]


def test_what_was_gained_is_unknown_where_either_count_is(lake):
    lake.entry(PAPER, "digest", "2023-12-01", votes=None)
    lake.entry(PAPER, "digest", "2023-12-06", votes=0)
    lake.entry(PAPER, "digest", "2023-12-08", votes=2)
    assert [row[3:] for row in lake.build().rows(VOTES)] == [(None, None), (0, None), (2, 2)]


def test_a_paper_that_vanished_keeps_the_votes_that_were_seen(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.entry("2501.00002", captured_at="2025-01-06 12:00", votes=1)
    lake.entry("2501.00002", captured_at="2025-01-07 12:00", votes=2)
    assert lake.build().rows(VOTES) == [("huggingface", "2025-01-06", "2025-01-06 12:00", 3, None)]


def test_an_unchanged_answer_adds_no_row(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.fetch("fetched", captured_at="2025-01-06 12:00")
    lake.fetch("unchanged", captured_at="2025-01-07 12:00")
    assert len(lake.build().rows(VOTES)) == 1


def test_comments_and_stars_are_kept_with_the_capture(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", comments=0, github_stars=None)
    lake.entry(PAPER, captured_at="2025-01-07 12:00", comments=2, github_stars=40)
    assert lake.build().rows("SELECT comments, github_stars FROM fact_vote ORDER BY captured_at") == [
        (0, None),
        (2, 40),
    ]
