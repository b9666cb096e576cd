"""bridge_paper_author and bridge_paper_keyword: who wrote what, and what it is about."""

import pytest

from tests.sql.conftest import Lake

PAPER = "2501.00001"
AUTHORS = """
    SELECT author.name, bridge.position, bridge.is_first, bridge.is_last, bridge.weight
    FROM bridge_paper_author AS bridge
    INNER JOIN dim_author AS author USING (author_key)
    INNER JOIN dim_paper AS paper USING (paper_key)
    WHERE paper.arxiv_id = ?
    ORDER BY bridge.position, author.name
"""
KEYWORDS = """
    SELECT paper.arxiv_id, keyword.keyword
    FROM bridge_paper_keyword AS bridge
    INNER JOIN dim_keyword AS keyword USING (keyword_key)
    INNER JOIN dim_paper AS paper USING (paper_key)
    ORDER BY ALL
"""


def list_newer(source, *lists):
    """Return the entries of a paper on lists of later and later days, each with its authors and other columns."""
    days = ("2025-01-06", "2025-01-08")
    return [{"source": source, "listed_on": day} | columns for day, columns in zip(days, lists, strict=True)]


CASES = {
    "the API gives places": (
        [{"authors": ["Cy", "Ada", "Bo", "Di"]}],
        [
            ("Cy", 1, True, False, 0.25),
            ("Ada", 2, False, False, 0.25),
            ("Bo", 3, False, False, 0.25),
            ("Di", 4, False, True, 0.25),
        ],
    ),
    "a digest gives no places": (
        [{"source": "digest", "authors": ["Bo", "Ada"]}],
        [("Ada", None, None, None, 0.5), ("Bo", None, None, None, 0.5)],
    ),
    "the order of the API wins over a newer digest": (
        [
            {"source": "huggingface", "listed_on": "2025-01-06", "authors": ["Bo", "Ada"]},
            {"source": "digest", "listed_on": "2025-01-08", "authors": ["Ada", "Bo"]},
        ],
        [("Bo", 1, True, False, 0.5), ("Ada", 2, False, True, 0.5)],
    ),
    "a single author is first and last": ([{"authors": ["Ada"]}], [("Ada", 1, True, True, 1.0)]),
    "the newest list of the API is taken": (
        list_newer("huggingface", {"authors": ["Ada", "Bo"]}, {"authors": ["Bo", "Ada"]}),
        [("Bo", 1, True, False, 0.5), ("Ada", 2, False, True, 0.5)],
    ),
    "an empty list of the API does not wipe out a known one of a digest": (
        [
            {"source": "digest", "listed_on": "2025-01-06", "authors": ["Ada", "Bo"]},
            {"source": "huggingface", "listed_on": "2025-01-08", "authors": []},
        ],
        [("Ada", None, None, None, 0.5), ("Bo", None, None, None, 0.5)],
    ),
    "an empty list of the API does not wipe out a known one of its own": (
        list_newer("huggingface", {"authors": ["Cy"]}, {"authors": []}),
        [("Cy", 1, True, True, 1.0)],
    ),
    "a whole list goes before one cut in print": (
        list_newer("digest", {"authors": ["Ada", "Bo"]}, {"authors": ["Ada"], "authors_truncated": True}),
        [("Ada", None, None, None, 0.5), ("Bo", None, None, None, 0.5)],
    ),
    "a name that was rejected leaves its place empty": (
        [{"authors": [{"name": "Ada", "position": 1}, {"name": "Cy", "position": 3}]}],
        [("Ada", 1, True, False, 0.5), ("Cy", 3, False, True, 0.5)],
    ),
}
"""The entries of a paper, and its authors."""


@pytest.fixture(scope="module")
def cases():
    """Return the warehouse with a paper for each case."""
    lake = Lake()
    for number, (entries, _) in enumerate(CASES.values()):
        for entry in entries:
            lake.entry(f"2501.{number:05}", **entry)
    return lake.build()


@pytest.mark.parametrize("case", CASES)
def test_the_authors_of_a_paper(cases, case):
    paper, expected = f"2501.{[*CASES].index(case):05}", CASES[case][1]
    assert cases.rows(AUTHORS, [paper]) == expected
    assert cases.row(f"SELECT author_count FROM dim_paper WHERE arxiv_id = '{paper}'") == len(expected)


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
