"""mart_submitter: users who put papers on the lists."""


def test_papers_days_and_votes_are_summed_and_nobody_is_left_out(lake):
    lake.entry("2501.00001", submitted_by="ada", votes=5)
    lake.entry("2501.00002", submitted_by="ada", votes=None)
    lake.entry("2501.00003", submitted_by="ada", votes=7, listed_on="2025-01-07")
    lake.entry("2501.00004", submitted_by="bo", votes=None)
    lake.entry("2501.00005", votes=9)
    columns = "submitted_by, papers, days, voted_papers, votes, mean_votes, best_arxiv_id, best_votes, last_listed_on"
    assert lake.build().rows(f"SELECT {columns} FROM mart_submitter ORDER BY submitted_by") == [
        ("ada", 3, 2, 2, 12, 6.0, "2501.00003", 7, "2025-01-07"),
        ("bo", 1, 1, 0, None, None, None, None, "2025-01-06"),
    ]
