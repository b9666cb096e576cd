"""mart_category: subjects with their papers and votes."""

COUNTS = """
    SELECT category, papers, primary_papers, cross_listed_papers, cross_listed_share FROM mart_category
    ORDER BY papers DESC, category
"""
VOTES = "SELECT category, voted_papers, votes, mean_votes, median_votes FROM mart_category ORDER BY category"


def test_a_paper_counts_for_each_of_its_subjects(lake):
    for number, categories in enumerate(
        (["cs.CL", "cs.AI"], ["cs.CL"], ["cs.CL", "cs.LG", "cs.AI"], ["cs.AI", "cs.CL"])
    ):
        lake.entry(f"2501.{number:05}")
        lake.describe(f"2501.{number:05}", categories=categories)
    lake.entry("2501.00009")  # nobody described it
    assert lake.build().rows(COUNTS) == [
        ("cs.CL", 4, 3, 3, 0.75),
        ("cs.AI", 3, 1, 3, 1.0),
        ("cs.LG", 1, 0, 1, 1.0),
    ]


def test_votes_are_of_the_papers_whose_votes_are_known(lake):
    for number, votes in enumerate((1, 2, 9, None)):
        lake.entry(f"2501.{number:05}", votes=votes)
        lake.describe(f"2501.{number:05}", categories=["cs.CL"])
    lake.entry("2501.00008", votes=None)
    lake.describe("2501.00008", categories=["cs.SD"])
    lake.entry("2501.00009", votes=99)
    assert lake.build().rows(VOTES) == [("cs.CL", 3, 12, 4.0, 2.0), ("cs.SD", 0, None, None, None)]


def test_of_equal_papers_the_earliest_listed_is_the_best(lake):
    for paper, day, votes in (
        ("1", "2025-01-08", 8),
        ("2", "2025-01-06", 8),
        ("3", "2025-01-06", 7),
        ("4", "2025-01-05", None),
    ):
        lake.entry(f"2501.0000{paper}", listed_on=day, votes=votes)
        lake.describe(f"2501.0000{paper}", categories=["cs.CL"])
    lake.entry("2501.00003", listed_on="2025-01-09", votes=7)
    columns = "best_arxiv_id, best_title, best_votes, first_listed_on, last_listed_on"
    assert lake.build().row(f"SELECT {columns} FROM mart_category") == (
        "2501.00002",
        "Title of 2501.00002",
        8,
        "2025-01-05",
        "2025-01-09",
    )


def test_a_subject_whose_papers_have_no_votes_has_no_best_paper(lake):
    lake.entry("2501.00001", votes=None)
    lake.describe("2501.00001", categories=["cs.CL"])
    assert lake.build().row("SELECT best_arxiv_id, best_title, best_votes FROM mart_category") == (None, None, None)


def test_a_subject_has_its_names(lake):
    lake.entry("2501.00001")
    lake.describe("2501.00001", categories=["stat.ML", "I.2.7"])
    assert lake.build().rows("SELECT category, name, archive, archive_name FROM mart_category ORDER BY category") == [
        ("I.2.7", "I.2.7", None, None),
        ("stat.ML", "Machine Learning", "stat", "Statistics"),
    ]
