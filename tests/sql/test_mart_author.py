"""mart_author: names with their papers, places, credit and votes."""

import pytest

PAPERS = "SELECT name, papers, ordered_papers, first_author_papers, last_author_papers FROM mart_author ORDER BY name"
BEST = "SELECT best_arxiv_id, best_title, best_votes FROM mart_author WHERE name = 'Ada'"


def test_places_are_counted_where_the_order_is_known(lake):
    lake.entry("2501.00001", authors=["Ada", "Bo", "Cy"])
    lake.entry("2501.00002", authors=["Bo", "Ada"])
    lake.entry("2501.00003", "digest", authors=["Ada", "Di"])
    assert lake.build().rows(PAPERS) == [
        ("Ada", 3, 2, 1, 1),
        ("Bo", 2, 2, 1, 0),
        ("Cy", 1, 1, 0, 1),
        ("Di", 1, 0, None, None),
    ]


def test_an_author_alone_is_first_and_last(lake):
    lake.entry("2501.00001", authors=["Ada"])
    assert lake.build().rows(PAPERS) == [("Ada", 1, 1, 1, 1)]


def test_credit_and_votes_are_shared_among_the_authors_of_a_paper(lake):
    lake.entry("2501.00001", votes=30, authors=["Ada", "Bo", "Cy"])
    lake.entry("2501.00002", votes=8, authors=["Ada", "Bo"])
    lake.entry("2501.00003", votes=None, authors=["Ada", "Bo"])
    lake.entry("2501.00004", "digest", votes=5, authors=["Ada"])
    columns = "name, fractional_credit, voted_papers, votes, fractional_votes"
    found = lake.build().rows(f"SELECT {columns} FROM mart_author ORDER BY name")
    # Ada: 1/3 + 1/2 + 1/2 + 1 of four papers; 30 + 8 + 5 votes, of which 10 + 4 + 5 are hers.
    assert [pytest.approx(row[1], abs=1e-9) for row in found] == [7 / 3, 4 / 3, 1 / 3]
    assert [(row[0], *row[2:]) for row in found] == [("Ada", 3, 43, 19.0), ("Bo", 2, 38, 14.0), ("Cy", 1, 30, 10.0)]


def test_credit_of_all_names_adds_up_to_the_papers_that_have_authors(lake):
    lake.entry("2501.00001", authors=["Ada", "Bo", "Cy"])
    lake.entry("2501.00002", "digest", authors=["Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus"])
    lake.entry("2501.00003")
    assert lake.build().row("SELECT sum(fractional_credit) FROM mart_author") == pytest.approx(2, abs=1e-6)


def test_votes_are_the_latest_not_the_most(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00", votes=9, authors=["Ada"])
    lake.entry("2501.00001", captured_at="2025-01-07 12:00", votes=7, authors=["Ada"])
    assert lake.build().row("SELECT votes, best_votes FROM mart_author") == (7, 7)


def test_votes_that_are_not_known_are_null_and_no_votes_are_zero(lake):
    lake.entry("2501.00001", votes=None, authors=["Ada"])
    lake.entry("2501.00002", votes=0, authors=["Bo"])
    columns = "name, voted_papers, votes, fractional_votes, best_arxiv_id, best_title, best_votes"
    assert lake.build().rows(f"SELECT {columns} FROM mart_author ORDER BY name") == [
        ("Ada", 0, None, None, None, None, None),
        ("Bo", 1, 0, 0.0, "2501.00002", "Title of 2501.00002", 0),
    ]


def test_the_best_paper_has_the_most_votes(lake):
    for arxiv_id, votes in (("2501.00001", 3), ("2501.00002", None), ("2501.00003", 10)):
        lake.entry(arxiv_id, votes=votes, authors=["Ada"])
    assert lake.build().row(BEST) == ("2501.00003", "Title of 2501.00003", 10)


def test_of_equal_papers_the_earliest_listed_is_the_best_then_the_lowest_id(lake):
    lake.entry("2501.00001", listed_on="2025-01-08", votes=3, authors=["Ada"])
    lake.entry("2501.00003", listed_on="2025-01-06", votes=3, authors=["Ada"])
    lake.entry("2501.00002", listed_on="2025-01-06", votes=3, authors=["Ada"])
    assert lake.build().row(BEST) == ("2501.00002", "Title of 2501.00002", 3)


def test_days_and_user_are_those_of_the_name(lake):
    ada = {"name": "Ada", "hf_user": "ada42"}
    lake.entry("2501.00001", listed_on="2025-01-06", authors=[ada])
    lake.entry("2501.00001", listed_on="2025-01-08", authors=[ada])
    lake.entry("2501.00002", listed_on="2025-01-07", authors=[ada])
    assert lake.build().row("SELECT hf_user, papers, first_listed_on, last_listed_on FROM mart_author") == (
        "ada42",
        2,
        "2025-01-06",
        "2025-01-08",
    )
