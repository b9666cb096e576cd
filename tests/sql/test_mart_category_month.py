"""mart_category_month: subjects by the month in which papers were first listed."""

ROWS = """
    SELECT month, category, papers, primary_papers, month_papers, month_listed_papers, share, rank
    FROM mart_category_month
    ORDER BY month, rank, category
"""
AGED = "SELECT category, papers, papers_48h, median_votes_48h FROM mart_category_month ORDER BY category"


def list_papers(lake, *papers):
    """Add papers of a day, each with its subjects; nobody described one without."""
    for number, (day, *categories) in enumerate(papers):
        lake.entry(f"2501.{number:05}", listed_on=day, votes=number)
        if categories:
            lake.describe(f"2501.{number:05}", "2025-03-20 02:45", categories=categories)


def test_shares_are_of_the_papers_whose_subjects_are_known(lake):
    day = "2025-01-06"
    list_papers(lake, (day, "cs.CL", "cs.AI"), (day, "cs.AI"), (day, "cs.CL"), ("2025-01-31", "cs.CL"), (day,), (day,))
    lake.describe("2501.00005")  # described, but without any subject
    assert lake.build().rows(ROWS) == [
        ("2025-01-01", "cs.CL", 3, 3, 4, 6, 0.75, 1),
        ("2025-01-01", "cs.AI", 2, 1, 4, 6, 0.5, 2),
    ]


def test_equals_share_a_place(lake):
    day = "2025-01-06"
    list_papers(lake, (day, "cs.CL", "cs.AI"), (day, "cs.AI", "cs.CL", "cs.LG"))
    assert lake.build().rows("SELECT category, rank FROM mart_category_month ORDER BY category") == [
        ("cs.AI", 1),
        ("cs.CL", 1),
        ("cs.LG", 3),
    ]


def test_months_are_told_apart_and_a_paper_counts_in_its_first(lake):
    february = [("2025-02-01", "cs.CL"), ("2025-02-28", "cs.CV"), ("2025-02-28", "cs.CV"), ("2025-02-28", "cs.RO")]
    list_papers(lake, ("2025-01-31", "cs.CL"), *february, ("2025-03-03",))
    lake.entry("2501.00000", listed_on="2025-02-03", votes=9)
    assert lake.build().rows(ROWS) == [
        ("2025-01-01", "cs.CL", 1, 1, 1, 1, 1.0, 1),
        ("2025-02-01", "cs.CV", 2, 2, 4, 4, 0.5, 1),
        ("2025-02-01", "cs.CL", 1, 1, 4, 4, 0.25, 2),
        ("2025-02-01", "cs.RO", 1, 1, 4, 4, 0.25, 2),
    ]


def test_votes_are_summed_where_they_are_known(lake):
    for number, votes in enumerate((3, None, 4)):
        lake.entry(f"2501.{number:05}", votes=votes)
        lake.describe(f"2501.{number:05}", categories=["cs.CL", "cs.AI"] if number < 2 else ["cs.CL"])
    lake.entry("2501.00009", votes=None)
    lake.describe("2501.00009", categories=["cs.SD"])
    assert lake.build().rows("SELECT category, votes FROM mart_category_month ORDER BY category") == [
        ("cs.AI", 3),
        ("cs.CL", 7),
        ("cs.SD", None),
    ]


def test_votes_compare_at_the_age_of_48_hours_where_they_are_known_closely(lake):
    def watch(paper, *seen, categories=("cs.CL",)):
        for captured_at, votes in seen:
            lake.entry(paper, captured_at=captured_at, votes=votes)
        lake.describe(paper, "2025-03-20 02:45", categories=categories)

    # Ages count from 00:00 of the day, 2025-01-06.
    watch("2501.00001", ("2025-01-08 00:00", 10), ("2025-01-20 00:00", 500))
    watch("2501.00002", ("2025-01-07 12:00", 20), ("2025-01-08 12:00", 40), categories=["cs.CL", "cs.AI"])
    watch("2501.00003", ("2025-01-07 00:00", 90), ("2025-01-09 00:00", 90))
    watch("2501.00004", ("2025-01-06 12:00", 0), ("2025-01-20 00:00", 900))  # seen too far apart
    watch("2501.00005", ("2025-01-07 00:00", 7))  # not seen that late
    watch("2501.00006", ("2025-01-07 00:00", 7), categories=["cs.SD"])
    assert lake.build().rows(AGED) == [("cs.AI", 1, 1, 30.0), ("cs.CL", 5, 3, 30.0), ("cs.SD", 1, 0, None)]


def test_a_month_that_nobody_described_has_no_row(lake):
    list_papers(lake, ("2025-01-06",))
    assert lake.build().rows(ROWS) == []


def test_subjects_have_their_names(lake):
    list_papers(lake, ("2025-01-06", "cs.CL", "68T50"))
    assert lake.build().rows("SELECT category, name FROM mart_category_month ORDER BY category") == [
        ("68T50", "68T50"),
        ("cs.CL", "Computation and Language"),
    ]
