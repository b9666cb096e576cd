"""mart_author_cohort: how author names of one month come back in later months."""


def test_names_count_in_the_month_of_their_first_paper_and_in_each_with_a_paper(lake):
    lake.entry("2411.00001", listed_on="2024-11-04", authors=["Ada", "Bo"])
    lake.entry("2411.00002", listed_on="2024-11-05", authors=["Ada"])
    lake.entry("2502.00001", listed_on="2025-02-03", authors=["Ada", "Cy"])
    assert lake.build().rows("FROM mart_author_cohort ORDER BY cohort, month") == [
        ("2024-11-01", "2024-11-01", 0, 2, 2, 2),
        ("2024-11-01", "2025-02-01", 3, 2, 1, 1),
        ("2025-02-01", "2025-02-01", 0, 1, 1, 1),
    ]
