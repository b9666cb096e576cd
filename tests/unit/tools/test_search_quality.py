"""The measure of search, and the judgements that it rests on."""

import math

import pytest

from tools.search_quality import PLACES, Judged, Measured, compute_mean, compute_ndcg, load_judged

JUDGED = Judged("alpha", about=["a", "b"], near=["c"])
BEST = 3 + 3 / math.log2(3) + 1 / 2


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["a", "b", "c"], 1),
        (["b", "a", "c", "x"], 1),
        (["c", "b", "a"], (1 + 3 / math.log2(3) + 3 / 2) / BEST),
        (["x", "a"], 3 / math.log2(3) / BEST),
        (["x"] * PLACES + ["a", "b", "c"], 0),
        ([], 0),
    ],
)
def test_the_gain_is_a_share_of_the_greatest_possible(found, expected):
    assert compute_ndcg(found, JUDGED) == pytest.approx(expected)


def test_more_right_answers_than_places_can_all_be_found():
    judged = Judged("alpha", about=[str(number) for number in range(2 * PLACES)])
    assert compute_ndcg(judged.about, judged) == 1


def test_the_mean_counts_each_query_once():
    assert compute_mean([Measured(JUDGED, 1, 1.0), Measured(JUDGED, 0, 0.5)]) == 0.75


@pytest.mark.parametrize(("archive", "count"), [("real", 30), ("sample", 9)])
def test_each_judged_query_has_an_answer_and_each_paper_one_grade(archive, count):
    judged = load_judged(archive)
    assert len({one.query for one in judged}) == count
    for one in judged:
        assert one.about
        assert len({*one.about, *one.near}) == len(one.about) + len(one.near)
