"""mart_organization: organisations with their papers, votes and stars."""

NUMBERS = "SELECT name, papers, voted_papers, votes, mean_votes, github_stars FROM mart_organization ORDER BY name"


def test_papers_votes_and_stars_are_summed(lake):
    lake.entry("2501.00001", organization="lab", votes=10, github_stars=5)
    lake.entry("2501.00002", organization="lab", votes=None, github_stars=7)
    lake.entry("2501.00003", organization="lab", votes=5)
    lake.entry("2501.00004", organization="works", votes=0)
    lake.entry("2501.00005", votes=99)
    # The mean is over the papers whose votes are known.
    assert lake.build().rows(NUMBERS) == [("lab", 3, 2, 15, 7.5, 12), ("works", 1, 1, 0, 0.0, None)]


def test_what_is_not_known_is_null(lake):
    lake.entry("2501.00001", organization="lab", votes=None)
    warehouse = lake.build()
    assert warehouse.rows(NUMBERS) == [("lab", 1, 0, None, None, None)]
    assert warehouse.row("SELECT best_arxiv_id, best_title, best_votes FROM mart_organization") == (None, None, None)


def test_a_repository_of_two_papers_counts_once(lake):
    lake.entry("2501.00001", organization="lab", github_repo="https://github.com/lab/code", github_stars=5)
    lake.entry("2501.00002", organization="lab", github_repo="https://github.com/Lab/Code", github_stars=6)
    lake.entry("2501.00003", organization="lab", github_repo="https://github.com/lab/more", github_stars=1)
    lake.entry("2501.00004", organization="works", github_repo="https://github.com/lab/code", github_stars=5)
    assert lake.build().rows("SELECT name, github_stars FROM mart_organization ORDER BY name") == [
        ("lab", 7),
        ("works", 5),
    ]


def test_of_equal_papers_the_earliest_listed_is_the_best(lake):
    lake.entry("2501.00001", listed_on="2025-01-08", organization="lab", votes=8)
    lake.entry("2501.00002", listed_on="2025-01-06", organization="lab", votes=8)
    lake.entry("2501.00003", listed_on="2025-01-06", organization="lab", votes=7)
    columns = "best_arxiv_id, best_title, best_votes, first_listed_on, last_listed_on"
    assert lake.build().row(f"SELECT {columns} FROM mart_organization") == (
        "2501.00002",
        "Title of 2501.00002",
        8,
        "2025-01-06",
        "2025-01-08",
    )


def test_an_organisation_that_lost_its_paper_to_another_is_left_out(lake):
    lake.entry("2501.00001", captured_at="2025-01-06 12:00", organization="lab", votes=1)
    lake.entry("2501.00001", captured_at="2025-01-07 12:00", organization="works", organization_full_name="Works")
    warehouse = lake.build()
    assert warehouse.rows("SELECT name FROM dim_organization ORDER BY name") == ["lab", "works"]
    assert warehouse.rows("SELECT name, full_name, papers FROM mart_organization") == [("works", "Works", 1)]


def test_a_paper_that_only_a_digest_knows_has_no_organisation(lake):
    lake.entry("2501.00001", "digest", votes=5)
    assert lake.build().rows("SELECT name FROM mart_organization") == []
