"""fact_vote_day: votes day by day, carried forward between two observations and never beyond them."""

PAPER = "2501.00001"
DAYS = """
    SELECT day.date, day.votes, day.is_observed
    FROM fact_vote_day AS day
    INNER JOIN dim_paper AS paper USING (paper_key)
    WHERE paper.arxiv_id = '2501.00001'
    ORDER BY day.date
"""


def test_days_between_two_captures_carry_the_earlier_votes_forward(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.entry(PAPER, captured_at="2025-01-09 12:00", votes=8)
    assert lake.build().rows(DAYS) == [
        ("2025-01-06", 3, True),
        ("2025-01-07", 3, False),
        ("2025-01-08", 3, False),
        ("2025-01-09", 8, True),
    ]


def test_nothing_is_carried_past_the_last_capture_or_before_the_first(lake):
    lake.entry(PAPER, listed_on="2025-01-03", captured_at="2025-01-06 12:00", votes=3)
    lake.entry("2501.00002", listed_on="2025-01-03", captured_at="2025-01-20 12:00", votes=1)
    assert lake.build().rows(DAYS) == [("2025-01-06", 3, True)]


def test_a_day_holds_the_last_votes_known_by_its_end(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:20", votes=5)
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    assert lake.build().rows(DAYS) == [("2025-01-06", 5, True)]


def test_a_digest_counts_at_the_end_of_its_day(lake):
    lake.entry(PAPER, "huggingface", captured_at="2025-01-06 12:00", votes=3)
    lake.entry(PAPER, "digest", votes=9)
    lake.entry(PAPER, "huggingface", captured_at="2025-01-08 12:00", votes=10)
    assert lake.build().rows(DAYS) == [
        ("2025-01-06", 9, True),
        ("2025-01-07", 9, False),
        ("2025-01-08", 10, True),
    ]


def test_of_two_counts_at_the_same_time_the_api_is_believed(lake):
    lake.entry(PAPER, "digest", captured_at="2025-01-06 23:00", votes=5)
    lake.entry(PAPER, "huggingface", captured_at="2025-01-06 23:00", votes=6)
    assert lake.build().rows(DAYS) == [("2025-01-06", 6, True)]


def test_an_unchanged_answer_is_an_observation(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.fetch("fetched", captured_at="2025-01-06 12:00")
    lake.fetch("unchanged", captured_at="2025-01-08 12:00")
    assert lake.build().rows(DAYS) == [
        ("2025-01-06", 3, True),
        ("2025-01-07", 3, False),
        ("2025-01-08", 3, True),
    ]


def test_an_unchanged_answer_is_of_the_newest_capture_before_it(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.entry(PAPER, captured_at="2025-01-07 12:00", votes=4)
    lake.fetch("unchanged", captured_at="2025-01-08 12:00")
    assert lake.build().rows(DAYS)[-1] == ("2025-01-08", 4, True)


def test_an_unchanged_answer_says_nothing_of_a_paper_that_had_vanished(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.entry("2501.00002", captured_at="2025-01-07 12:00", votes=1)
    lake.fetch("unchanged", captured_at="2025-01-08 12:00")
    assert lake.build().rows(DAYS) == [("2025-01-06", 3, True)]


def test_an_unchanged_answer_after_a_day_became_empty_says_nothing(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.fetch("fetched", captured_at="2025-01-06 12:00")
    lake.fetch("empty", captured_at="2025-01-07 12:00")
    lake.fetch("unchanged", captured_at="2025-01-08 12:00")
    assert lake.build().rows(DAYS) == [("2025-01-06", 3, True)]


def test_stored_captures_that_are_read_again_are_no_new_observation(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.entry(PAPER, captured_at="2025-01-06 12:20", votes=5)
    for captured_at, outcome in (("2025-01-06 12:00", "incomplete"), ("2025-01-06 12:20", "unchanged")):
        lake.fetch("fetched", captured_at=captured_at, fetched_at="2025-02-01 09:00")
        lake.fetch(outcome, captured_at=captured_at, fetched_at="2025-02-02 09:00")
    warehouse = lake.build()
    assert warehouse.rows(DAYS) == [("2025-01-06", 5, True)]
    assert warehouse.rows("SELECT observed_at, votes, is_new FROM fact_observation ORDER BY ALL") == [
        ("2025-01-06 12:00", 3, True),
        ("2025-01-06 12:20", 5, True),
    ]


def test_a_failed_attempt_is_no_observation(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.fetch("failed", captured_at="2025-01-08 12:00")
    assert lake.build().rows(DAYS) == [("2025-01-06", 3, True)]


def test_a_paper_listed_on_two_days_has_one_row_a_day(lake):
    lake.entry(PAPER, listed_on="2025-01-06", captured_at="2025-01-06 12:00", votes=3)
    lake.entry(PAPER, listed_on="2025-01-07", captured_at="2025-01-08 12:00", votes=7)
    lake.entry(PAPER, listed_on="2025-01-06", captured_at="2025-01-08 12:05", votes=8)
    warehouse = lake.build()
    assert warehouse.rows(DAYS) == [
        ("2025-01-06", 3, True),
        ("2025-01-07", 3, False),
        ("2025-01-08", 8, True),
    ]
    assert warehouse.rows("SELECT days_since_listed FROM fact_vote_day ORDER BY date") == [0, 1, 2]


def test_days_are_counted_from_the_first_list_of_any_source(lake):
    lake.entry(PAPER, "digest", "2025-01-06", votes=None)
    lake.entry(PAPER, "huggingface", "2025-01-08", votes=2)
    assert lake.build().rows("SELECT date, days_since_listed FROM fact_vote_day") == [("2025-01-08", 2)]


def test_unknown_votes_are_no_day_and_zero_votes_are(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=None)
    lake.entry(PAPER, captured_at="2025-01-07 12:00", votes=0)
    lake.entry(PAPER, captured_at="2025-01-08 12:00", votes=None)
    assert lake.build().rows(DAYS) == [("2025-01-07", 0, True)]
