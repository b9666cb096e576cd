"""fact_observation: every time that the votes of a paper were seen, changed or not."""

PAPER = "2501.00001"
OBSERVATIONS = """
    SELECT observation.observed_at, observation.votes, observation.is_new
    FROM fact_observation AS observation
    INNER JOIN dim_paper AS paper USING (paper_key)
    WHERE paper.arxiv_id = '2501.00001'
    ORDER BY observation.observed_at
"""


def test_a_capture_is_a_new_observation_and_an_equal_answer_repeats_it(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.entry(PAPER, captured_at="2025-01-08 12:00", votes=5)
    lake.fetch("fetched", captured_at="2025-01-06 12:00")
    lake.fetch("unchanged", captured_at="2025-01-07 12:00")
    lake.fetch("fetched", captured_at="2025-01-08 12:00")
    lake.fetch("incomplete", captured_at="2025-01-09 12:00")
    assert lake.build().rows(OBSERVATIONS) == [
        ("2025-01-06 12:00", 3, True),
        ("2025-01-07 12:00", 3, False),
        ("2025-01-08 12:00", 5, True),
        ("2025-01-09 12:00", 5, False),
    ]


def test_a_repeated_observation_has_all_counts_of_the_capture(lake):
    lake.entry(PAPER, rank=4, votes=3, comments=1, github_stars=9)
    lake.fetch("unchanged", captured_at="2025-01-07 12:00")
    warehouse = lake.build()
    columns = "listed_on, rank, votes, comments, github_stars"
    assert warehouse.rows(f"SELECT {columns} FROM fact_observation") == [("2025-01-06", 4, 3, 1, 9)] * 2


def test_an_equal_answer_observes_the_papers_of_the_newest_capture_alone(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.entry("2501.00002", captured_at="2025-01-07 12:00", votes=1)
    lake.fetch("unchanged", captured_at="2025-01-08 12:00")
    assert lake.build().rows(OBSERVATIONS) == [("2025-01-06 12:00", 3, True)]


def test_an_answer_that_equals_an_empty_list_observes_nothing(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.fetch("empty", captured_at="2025-01-07 12:00")
    lake.fetch("unchanged", captured_at="2025-01-08 12:00")
    assert lake.build().rows(OBSERVATIONS) == [("2025-01-06 12:00", 3, True)]


def test_answers_without_a_list_observe_nothing(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    for hour, outcome in enumerate(("missing", "failed", "future"), start=13):
        lake.fetch(outcome, captured_at=f"2025-01-06 {hour}:00")
    assert lake.build().rows(OBSERVATIONS) == [("2025-01-06 12:00", 3, True)]


def test_a_source_and_a_day_repeat_only_their_own_captures(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3)
    lake.fetch("unchanged", "digest", captured_at="2025-01-07 12:00")
    lake.fetch("unchanged", date="2025-01-07", captured_at="2025-01-08 12:00")
    assert lake.build().rows(OBSERVATIONS) == [("2025-01-06 12:00", 3, True)]


def test_unknown_votes_are_observed_as_unknown(lake):
    lake.entry(PAPER, votes=None)
    assert lake.build().rows(OBSERVATIONS) == [("2025-01-06 12:00", None, True)]


def test_the_new_observations_are_the_rows_of_fact_vote(lake):
    lake.entry(PAPER, captured_at="2025-01-06 12:00", votes=3, comments=1, github_stars=2)
    lake.entry(PAPER, "digest", votes=4)
    lake.fetch("unchanged", captured_at="2025-01-07 12:00")
    columns = "paper_key, source_key, archive_key, listed_on, votes, comments, github_stars"
    new = f"SELECT {columns}, observed_at FROM fact_observation WHERE is_new ORDER BY observed_at"
    warehouse = lake.build()
    assert warehouse.rows(new) == warehouse.rows(f"SELECT {columns}, captured_at FROM fact_vote ORDER BY captured_at")


def test_every_observation_was_captured_by_this_warehouse(lake):
    lake.entry(PAPER)
    archives = "SELECT archive, url, format, licence FROM fact_observation INNER JOIN dim_archive USING (archive_key)"
    assert lake.build().rows(archives) == [("own", None, None, None)]
