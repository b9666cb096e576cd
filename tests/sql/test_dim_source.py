"""dim_source: what the lake says of the sources decides between them, for any number of sources."""

import pytest

PAPER = "2501.00001"
BEFORE = "2025-01-06 12:00"


@pytest.fixture
def three(lake):
    """Return a lake with a third source, which wins over the other two."""
    lake.rows["source"].clear()
    lake.source("third", precedence=1, licence="CC0", is_live=False, knows_author_order=True)
    lake.source("huggingface", precedence=2, licence="not stated", is_live=True, knows_author_order=True)
    lake.source("digest", precedence=3, licence="CC BY", is_live=False, knows_author_order=False)
    return lake


def test_a_source_has_what_the_lake_says_of_it(lake):
    columns = "source, description, precedence, licence, is_live, knows_author_order"
    assert lake.build().rows(f"SELECT {columns} FROM dim_source ORDER BY precedence") == [
        ("huggingface", "Lists of huggingface", 1, "not stated", True, True),
        ("digest", "Lists of digest", 2, "CC BY-NC-ND", False, False),
    ]


def test_each_column_is_that_of_the_best_source_that_knows_it(three):
    three.entry(PAPER, "digest", title="Worst", abstract="Worst", video_url="worst", github_repo=None)
    three.entry(PAPER, title="Middle", abstract="Middle", github_stars=7)
    three.entry(PAPER, "third", captured_at=BEFORE, title="Best", published_at="2025-01-02 00:00")
    row = three.build().row("SELECT title, abstract, video_url, github_stars, published_on, github_repo FROM dim_paper")
    assert row == ("Best", "Middle", "worst", 7, "2025-01-02", None)


def test_versions_of_titles_are_those_of_the_best_source(three):
    three.entry(PAPER, captured_at=BEFORE, title="Middle")
    three.entry(PAPER, "third", captured_at="2025-01-07 12:00", title="Best")
    assert three.build().rows("SELECT title, valid_from FROM dim_paper_version") == [("Best", "2025-01-07 12:00")]


def test_of_votes_at_one_time_those_of_the_best_source_are_believed(three):
    for source, votes in (("digest", 1), ("huggingface", 2), ("third", 3)):
        three.entry(PAPER, source, captured_at=BEFORE, votes=votes)
    warehouse = three.build()
    assert warehouse.row("SELECT latest_votes FROM dim_paper") == 3
    assert warehouse.row("SELECT votes FROM fact_vote_day") == 3
    assert warehouse.row("SELECT observations, last_votes FROM mart_vote_velocity") == (1, 3)


def test_authors_are_those_of_the_best_source_in_an_order_that_it_knows(three):
    three.entry("2501.00001", captured_at=BEFORE, authors=["Ada", "Bo"])
    three.entry("2501.00001", "third", captured_at=BEFORE, authors=["Bo", "Ada"])
    three.entry("2501.00002", "digest", authors=["Cy"])
    names = "SELECT name_as_printed, position FROM bridge_paper_author ORDER BY position NULLS LAST"
    assert three.build().rows(names) == [("Bo", 1), ("Ada", 2), ("Cy", None)]


def test_a_paper_names_all_sources_that_list_it(three):
    for source in ("third", "digest", "huggingface"):
        three.entry(PAPER, source, captured_at=BEFORE)
    assert three.build().row("SELECT listed_by FROM mart_paper") == "digest, huggingface, third"


def test_answers_of_a_source_that_is_not_live_are_told_apart_by_when_they_were_fetched(three):
    for source in ("third", "huggingface"):
        three.fetch("fetched", source, captured_at=BEFORE, fetched_at="2025-01-07 12:00", items=3)
        three.fetch("fetched", source, captured_at=BEFORE, fetched_at="2025-01-08 12:00", items=1)
    answers = "SELECT source, papers_in_answer FROM mart_coverage ORDER BY source"
    assert three.build().rows(answers) == [("huggingface", 3), ("third", 1)]


def test_every_check_of_an_error_passes_with_three_sources(three):
    for source in ("third", "digest", "huggingface"):
        three.entry(PAPER, source, captured_at=BEFORE, votes=3, authors=["Ada"], keywords=["search"], sections=["One"])
        three.fetch("fetched", source, captured_at=BEFORE)
    assert three.build().errors() == []
