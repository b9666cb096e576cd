"""bridge_paper_author and bridge_paper_keyword: who wrote what, and what it is about."""

import pytest

PAPER = "2501.00001"
AUTHORS = """
    SELECT author.name, bridge.position, bridge.is_first, bridge.is_last, bridge.weight
    FROM bridge_paper_author AS bridge
    INNER JOIN dim_author AS author USING (author_key)
    INNER JOIN dim_paper AS paper USING (paper_key)
    ORDER BY paper.arxiv_id, bridge.position, author.name
"""
KEYWORDS = """
    SELECT paper.arxiv_id, keyword.keyword
    FROM bridge_paper_keyword AS bridge
    INNER JOIN dim_keyword AS keyword USING (keyword_key)
    INNER JOIN dim_paper AS paper USING (paper_key)
    ORDER BY ALL
"""


def test_the_api_gives_places(lake):
    lake.entry(PAPER, authors=["Cy", "Ada", "Bo", "Di"])
    assert lake.build().rows(AUTHORS) == [
        ("Cy", 1, True, False, 0.25),
        ("Ada", 2, False, False, 0.25),
        ("Bo", 3, False, False, 0.25),
        ("Di", 4, False, True, 0.25),
    ]


def test_a_digest_gives_no_places(lake):
    lake.entry(PAPER, "digest", authors=["Bo", "Ada"])
    assert lake.build().rows(AUTHORS) == [("Ada", None, None, None, 0.5), ("Bo", None, None, None, 0.5)]


def test_the_order_of_the_api_wins_over_a_newer_digest(lake):
    lake.entry(PAPER, "huggingface", "2025-01-06", authors=["Bo", "Ada"])
    lake.entry(PAPER, "digest", "2025-01-08", authors=["Ada", "Bo"])
    assert [row[:2] for row in lake.build().rows(AUTHORS)] == [("Bo", 1), ("Ada", 2)]


def test_a_single_author_is_first_and_last(lake):
    lake.entry(PAPER, authors=["Ada"])
    assert lake.build().rows(AUTHORS) == [("Ada", 1, True, True, 1.0)]


def test_the_newest_list_of_the_api_is_taken(lake):
    lake.entry(PAPER, listed_on="2025-01-06", authors=["Ada", "Bo"])
    lake.entry(PAPER, listed_on="2025-01-08", authors=["Bo", "Ada", "Cy"])
    assert [row[0] for row in lake.build().rows(AUTHORS)] == ["Bo", "Ada", "Cy"]


def test_an_empty_list_of_the_api_does_not_wipe_out_a_known_one(lake):
    lake.entry(PAPER, "digest", "2025-01-06", authors=["Ada", "Bo"])
    lake.entry(PAPER, "huggingface", "2025-01-08", authors=[])
    lake.entry("2501.00002", "huggingface", "2025-01-06", authors=["Cy"])
    lake.entry("2501.00002", "huggingface", "2025-01-08", authors=[])
    warehouse = lake.build()
    assert warehouse.rows(AUTHORS) == [
        ("Ada", None, None, None, 0.5),
        ("Bo", None, None, None, 0.5),
        ("Cy", 1, True, True, 1.0),
    ]
    assert warehouse.rows("SELECT author_count FROM dim_paper ORDER BY arxiv_id") == [2, 1]


def test_a_whole_list_goes_before_one_cut_in_print(lake):
    lake.entry(PAPER, "digest", "2024-01-05", authors=["Ada", "Bo", "Cy"])
    lake.entry(PAPER, "digest", "2024-01-08", authors=["Ada", "Bo"], authors_truncated=True)
    assert [row[0] for row in lake.build().rows(AUTHORS)] == ["Ada", "Bo", "Cy"]


def test_a_name_that_was_rejected_leaves_its_place_empty(lake):
    lake.entry(PAPER, authors=[{"name": "Ada", "position": 1}, {"name": "Cy", "position": 3}])
    assert lake.build().rows(AUTHORS) == [("Ada", 1, True, False, 0.5), ("Cy", 3, False, True, 0.5)]


def test_weights_of_a_paper_sum_to_one(lake):
    counts = [1, 3, 7, 49, 3303]
    for paper, count in enumerate(counts):
        lake.entry(f"2501.0000{paper}", authors=[f"Author {number}" for number in range(count)])
    found = lake.build().rows("SELECT count(*), sum(weight) FROM bridge_paper_author GROUP BY paper_key ORDER BY 1")
    assert found == [(count, pytest.approx(1, abs=1e-9)) for count in counts]


def test_the_name_is_kept_as_this_paper_prints_it(lake):
    printed = {"name": "Nguyễn", "name_as_printed": r"Nguy\~ên", "name_normalized": "nguyễn"}
    lake.entry("2501.00001", authors=[printed])
    lake.entry("2501.00002", authors=["Nguyễn"])
    assert lake.build().rows("SELECT name_as_printed FROM bridge_paper_author ORDER BY ALL") == [r"Nguy\~ên", "Nguyễn"]


def test_keywords_of_a_paper(lake):
    lake.entry("2501.00001", keywords=["search", "agents"])
    lake.entry("2501.00002", keywords=["agents"])
    warehouse = lake.build()
    assert warehouse.rows(KEYWORDS) == [
        ("2501.00001", "agents"),
        ("2501.00001", "search"),
        ("2501.00002", "agents"),
    ]
    assert warehouse.rows("SELECT keyword FROM dim_keyword ORDER BY keyword") == ["agents", "search"]


def test_keywords_are_those_of_the_newest_list_that_has_any(lake):
    lake.entry(PAPER, listed_on="2025-01-06", keywords=["old"])
    lake.entry(PAPER, listed_on="2025-01-07", keywords=["new", "newer"])
    lake.entry(PAPER, listed_on="2025-01-08", keywords=None)
    assert lake.build().rows(KEYWORDS) == [(PAPER, "new"), (PAPER, "newer")]


def test_a_keyword_given_twice_is_one(lake):
    lake.entry(PAPER, keywords=["agents", "agents"])
    warehouse = lake.build()
    assert warehouse.rows(KEYWORDS) == [(PAPER, "agents")]
    assert warehouse.row("SELECT keyword_count FROM dim_paper") == 1


def test_an_author_whom_the_site_hides_is_marked(lake):
    lake.entry("2501.00001", authors=[{"name": "Ada", "is_hidden": True}, {"name": "Bo", "is_hidden": False}, "Cy"])
    hidden = "SELECT name_as_printed, is_hidden FROM bridge_paper_author ORDER BY position"
    assert lake.build().rows(hidden) == [("Ada", True), ("Bo", False), ("Cy", None)]
