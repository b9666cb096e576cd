"""meta_difference: in what the best list of a paper and arXiv differ."""

import pytest

PAPER = "2501.00001"
FOUND = "SELECT kind, listed, described FROM meta_difference ORDER BY kind DESC"
CASES = {
    "nothing": ({}, {}, []),
    "a title": ({"title": "One"}, {"title": "Two"}, [("title", "One", "Two")]),
    "the order of authors": ({}, {"authors": ["Bo", "Ada", "Cy"]}, [("order of authors", None, None)]),
    "a spelling": ({}, {"authors": ["Ada", "Bö", "Cy"]}, [("names of authors", "Bo", "Bö")]),
    "case alone": ({}, {"authors": ["ADA", "Bo", "Cy"]}, []),
    "one author more": ({}, {"authors": ["Ada", "Di", "Bo", "Cy", "Eli"]}, [("number of authors", None, "Di, Eli")]),
    "one author less": ({}, {"authors": ["Ada", "Cy"]}, [("number of authors", "Bo", None)]),
    "both": (
        {"title": "One"},
        {"title": "Two", "authors": ["Ada"]},
        [("title", "One", "Two"), ("number of authors", "Bo, Cy", None)],
    ),
    "authors that only one knows": ({"authors": []}, {}, []),
    "authors that arXiv does not say": ({}, {"authors": []}, []),
}


@pytest.mark.parametrize(("listed", "described", "found"), CASES.values(), ids=CASES)
def test_each_kind_of_difference_is_a_row(lake, listed, described, found):
    same = {"title": "A Title", "authors": ["Ada", "Bo", "Cy"]}
    lake.entry(PAPER, **(same | listed))
    lake.describe(PAPER, **(same | described))
    assert lake.build().rows(FOUND) == found


def test_a_list_that_does_not_know_the_order_of_authors_is_not_compared(lake):
    lake.entry(PAPER, "digest", title="One", authors=["Bo"])
    lake.describe(PAPER, title="Two", authors=["Ada"])
    warehouse = lake.build()
    assert warehouse.rows(FOUND) == []
    assert warehouse.rows("SELECT name_as_printed, position FROM bridge_paper_author") == [("Ada", 1)]


def test_the_newest_capture_of_the_best_list_is_compared(lake):
    lake.entry(PAPER, title="Old", captured_at="2025-01-06 12:00")
    lake.entry(PAPER, title="New", captured_at="2025-01-09 12:00")
    lake.describe(PAPER, title="New")
    assert lake.build().rows(FOUND) == []
