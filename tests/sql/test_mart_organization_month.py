"""mart_organization_month: canonical organisations by the month in which papers were first listed."""


def test_shares_are_of_the_papers_that_could_have_an_organisation(lake):
    lab, other = ({"organization": name, "organization_full_name": "The Lab"} for name in ("lab", "lab-two"))
    lake.entry("2501.00009", captured_at="2025-01-06 01:00", votes=9)  # before any answer had the field
    lake.entry("2501.00001", votes=5, **lab)
    lake.entry("2501.00002", votes=None, **other)
    lake.entry("2501.00003", votes=1, **lab)
    lake.entry("2501.00004", votes=1)
    lake.entry("2502.00001", listed_on="2025-02-03", votes=2, **other)
    columns = "month, name, papers, votes, month_papers, share, rank"
    assert lake.build().rows(f"SELECT {columns} FROM mart_organization_month ORDER BY month") == [
        ("2025-01-01", "lab", 3, 6, 4, 0.75, 1),
        ("2025-02-01", "lab", 1, 2, 1, 1.0, 1),
    ]
