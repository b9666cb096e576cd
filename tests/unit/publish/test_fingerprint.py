"""The mark of what a release is built from: it moves with every news, and with nothing else."""

import datetime as dt

import polars as pl
import pytest

from dagster_project.lake.home import Home
from dagster_project.models.catalog import QUESTIONS
from dagster_project.publish.fingerprint import compute_fingerprint
from dagster_project.validate.schemas import Fetch

AT = dt.datetime(2025, 3, 1, 15)
FETCHED = {
    "source": "huggingface",
    "date": AT.date(),
    "page": 0,
    "url": "http://127.0.0.1/",
    "fetched_at": AT,
    "captured_at": AT,
    "status": 200,
    "sha256": "a" * 64,
    "outcome": "fetched",
}


@pytest.fixture
def mark(tmp_path):
    for folder in QUESTIONS:
        (tmp_path / "sql" / folder).mkdir(parents=True)
    (tmp_path / "sql" / "model.sql").write_text("SELECT 1")

    def of(*attempts, now=AT + dt.timedelta(days=30)):
        records = pl.DataFrame([FETCHED | attempt for attempt in attempts], schema=pl.Schema(Fetch))
        return compute_fingerprint(Home(tmp_path / "home"), records, now, tmp_path / "sql")

    return of


@pytest.mark.parametrize(
    "again",
    [
        {"outcome": "unchanged", "status": 304, "fetched_at": AT + dt.timedelta(hours=2)},
        {"outcome": "fetched", "fetched_at": AT + dt.timedelta(hours=2)},
        {"source": "digest", "outcome": "unchanged", "sha256": None, "fetched_at": AT + dt.timedelta(days=2)},
    ],
    ids=["unchanged on the same day", "the same answer again", "an unchanged digest on another day"],
)
def test_what_was_known_moves_nothing(mark, again):
    assert mark({}, again) == mark({})


FAILED = {"outcome": "failed", "status": None, "sha256": None}


@pytest.mark.parametrize(
    ("before", "again"),
    [
        ({"reason": "could not connect"}, {"reason": "could not connect"}),
        ({"reason": "could not connect"}, {"reason": "not asked: the host wants 30 s of silence"}),
        ({"status": 200, "sha256": "b" * 64, "reason": "an error page"}, {"status": 200, "sha256": "c" * 64}),
    ],
    ids=["for the same reason", "in other words", "with another page"],
)
def test_a_day_that_fails_again_moves_nothing(mark, before, again):
    later = AT + dt.timedelta(days=1)
    again |= {"fetched_at": later, "captured_at": later}
    assert mark({}, FAILED | before, FAILED | again) == mark({}, FAILED | before)


def test_a_day_that_fails_with_another_status_moves_it(mark):
    assert mark(FAILED, FAILED | {"status": 401}) != mark(FAILED)


@pytest.mark.parametrize(
    "news",
    [
        {"sha256": "b" * 64},
        {"outcome": "failed", "sha256": None, "reason": "HTTP 500"},
        {"date": dt.date(2025, 3, 2)},
        {"outcome": "unchanged", "captured_at": AT + dt.timedelta(days=1)},
    ],
    ids=["another answer", "a failure", "another day", "votes that stood still on another day"],
)
def test_news_move_it(mark, news):
    assert mark({}, news) != mark({})


def test_a_changed_model_moves_it_and_a_changed_question_does_not(mark, tmp_path):
    before = mark({})
    for folder in QUESTIONS:
        (tmp_path / "sql" / folder / "top.sql").write_text("-- Which?\nSELECT 1")
        assert mark({}) == before
    (tmp_path / "sql" / "model.sql").write_text("SELECT 2")
    assert mark({}) != before


def test_a_capture_of_the_future_moves_the_mark_when_it_is_past(mark):
    early, late = AT - dt.timedelta(days=1), AT + dt.timedelta(days=1)
    assert mark({}, now=early) != mark({}, now=late)
    assert mark({}, now=late) == mark({}, now=late + dt.timedelta(days=1))
