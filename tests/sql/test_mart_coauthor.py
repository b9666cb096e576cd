"""mart_coauthor: pairs of names that stand on a paper together."""

ROWS = "SELECT name_a, name_b, papers, first_arxiv_id, last_arxiv_id FROM mart_coauthor ORDER BY name_a, name_b"


def test_every_pair_is_there_once_whatever_the_order_of_its_names(lake):
    lake.entry("2501.00001", authors=["Cy", "Ada", "Bo"])
    lake.entry("2501.00002", authors=["Ada", "Cy"])
    assert lake.build().rows(ROWS) == [
        ("Ada", "Bo", 1, "2501.00001", "2501.00001"),
        ("Ada", "Cy", 2, "2501.00001", "2501.00002"),
        ("Bo", "Cy", 1, "2501.00001", "2501.00001"),
    ]


def test_the_keys_are_those_of_the_names(lake):
    lake.entry("2501.00001", authors=["Bo", "Ada"])
    assert lake.build().rows(
        """
        SELECT a.name, b.name FROM mart_coauthor
        INNER JOIN dim_author AS a ON author_key_a = a.author_key
        INNER JOIN dim_author AS b ON author_key_b = b.author_key
        """
    ) == [("Ada", "Bo")]


def test_names_are_put_in_order_with_case_folded(lake):
    lake.entry("2501.00001", authors=["Zoe", "de Boer"])
    assert lake.build().rows("SELECT name_a, name_b FROM mart_coauthor") == [("de Boer", "Zoe")]


def test_papers_that_only_a_digest_knows_count_too(lake):
    lake.entry("2501.00001", "digest", authors=["Bo", "Ada"])
    assert lake.build().rows(ROWS) == [("Ada", "Bo", 1, "2501.00001", "2501.00001")]


def test_first_and_last_go_by_the_first_day_listed_then_by_id(lake):
    for arxiv_id, day in (("2501.00003", "06"), ("2501.00001", "07"), ("2501.00004", "08"), ("2501.00002", "08")):
        lake.entry(arxiv_id, listed_on=f"2025-01-{day}", authors=["Ada", "Bo"])
    lake.entry("2501.00003", listed_on="2025-01-09", authors=["Ada", "Bo"])
    columns = "papers, first_arxiv_id, first_title, first_listed_on, last_arxiv_id, last_title, last_listed_on"
    assert lake.build().row(f"SELECT {columns} FROM mart_coauthor") == (
        4,
        "2501.00003",
        "Title of 2501.00003",
        "2025-01-06",
        "2501.00004",
        "Title of 2501.00004",
        "2025-01-08",
    )


def test_a_paper_of_thirty_authors_is_in_and_one_of_thirty_one_is_left_out(lake):
    lake.entry("2501.00001", authors=[f"Name {number}" for number in range(30)])
    lake.entry("2501.00002", authors=[f"Name {number}" for number in range(31)])
    warehouse = lake.build()
    assert warehouse.row("SELECT count(*), max(papers) FROM mart_coauthor") == (30 * 29 // 2, 1)
    assert warehouse.rows("SELECT DISTINCT last_arxiv_id FROM mart_coauthor") == ["2501.00001"]


def test_an_author_alone_makes_no_pair(lake):
    lake.entry("2501.00001", authors=["Ada"])
    assert lake.build().rows(ROWS) == []
