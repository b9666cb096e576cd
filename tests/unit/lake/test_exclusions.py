"""Captures that are excluded: named by their time, remembered with the reason, and brought back."""

import datetime as dt

import pytest

from dagster_project.errors import ExclusionError
from dagster_project.lake.exclusions import exclude_capture, include_capture, read_exclusions
from dagster_project.lake.fetch_log import FetchLog
from dagster_project.lake.home import Home
from dagster_project.lake.raw import RawStore
from dagster_project.sources.attempt import Attempt, Outcome, hash_body

DAY = dt.date(2025, 3, 1)
FIRST, SECOND = dt.datetime(2025, 3, 1, 6, 15, 7, 123), dt.datetime(2025, 3, 1, 12, 15)
NOW = dt.datetime(2025, 3, 9)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    log = FetchLog(home.fetch_log, "huggingface", RawStore(home.raw))
    for captured_at in (FIRST, SECOND):
        body = repr(captured_at).encode()
        log.add(
            [
                Attempt(
                    source="huggingface",
                    date=DAY,
                    url="http://127.0.0.1/",
                    fetched_at=captured_at,
                    captured_at=captured_at,
                    outcome=Outcome.FETCHED,
                    sha256=hash_body(body),
                    body=body,
                )
            ]
        )
    return home


def test_there_are_none_at_first(home):
    assert read_exclusions(home).is_empty()


@pytest.mark.parametrize("time", ["2025-03-01T06:15", "2025-03-01 06:15:07", "2025-03-01T06:15:07.000123Z"])
def test_a_capture_is_excluded_by_the_beginning_of_its_time(home, time):
    assert exclude_capture(home, "huggingface", DAY, time, "bad votes", NOW) == FIRST
    assert read_exclusions(home).rows() == [("huggingface", DAY, FIRST, "bad votes", NOW)]


def test_excluded_again_it_has_the_newer_reason(home):
    for reason in ("one", "two"):
        exclude_capture(home, "huggingface", DAY, "2025-03-01T12", reason, NOW)
    assert read_exclusions(home)["reason"].to_list() == ["two"]


def test_it_comes_back(home):
    for captured_at in (FIRST, SECOND):
        exclude_capture(home, "huggingface", DAY, captured_at.isoformat(), "bad votes", NOW)
    assert include_capture(home, "huggingface", DAY, "2025-03-01T06") == FIRST
    assert read_exclusions(home)["captured_at"].to_list() == [SECOND]


@pytest.mark.parametrize(("time", "found"), [("2025-03-01", 2), ("2025-03-02", 0), ("noon", 0)])
def test_a_time_that_is_not_that_of_one_capture_is_refused_with_those_there_are(home, time, found):
    said = (
        f"{found} captures of huggingface 2025-03-01 have the time {time}; there are: 2025-03-01T06:15:07.000123, 2025"
    )
    with pytest.raises(ExclusionError, match=said):
        exclude_capture(home, "huggingface", DAY, time, "bad votes", NOW)
    with pytest.raises(ExclusionError, match=r"0 captures of excluded .*; there are: none"):
        include_capture(home, "huggingface", DAY, time)
    assert read_exclusions(home).is_empty()
