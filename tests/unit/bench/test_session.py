"""A phase that fails is told of and stops nothing; one whose figures stand is not run again."""

import pytest

from bench import figures
from bench.figures import Figure, Record, measured
from bench.session import Session
from bench.sizes import Size


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setattr(Record.save, "__defaults__", (tmp_path,))
    monkeypatch.setattr(figures.measured, "__defaults__", (tmp_path,))
    return Session(Size("1"), tmp_path / "work", Record("1", "2026-11-25", "0123456789", {}))


def breaks():
    raise OSError("no room is left")


def test_a_phase_that_fails_is_recorded_and_the_next_one_runs(session):
    assert not session.phase("phases", "parse", breaks)
    assert session.phase("phases", "publish", lambda: [Figure("phases", "verify", 1.0)])
    [record] = measured()
    assert [(one.name, one.error) for one in record.figures] == [("parse", "OSError: no room is left"), ("verify", "")]


def test_a_run_that_goes_on_repeats_what_failed_alone(session):
    session.phase("phases", "parse", breaks)
    session.phase("phases", "publish", lambda: [Figure("phases", "verify", 1.0)])
    again = Session(session.size, session.folder, measured()[0])
    assert again.phase("phases", "publish", breaks)
    assert again.phase("phases", "parse", lambda: [Figure("phases", "parse", 2.0)])
    [record] = measured()
    assert {one.name: one.wall for one in record.figures} == {"verify": 1.0, "parse": 2.0}


def test_room_that_cannot_be_made_is_a_failure_too(session):
    assert not session.phase("phases", "parse", list, ready=breaks)
    assert measured()[0].figures[0].error


@pytest.mark.parametrize(
    ("name", "served", "built"), [("sample", True, True), ("10", True, False), ("100", False, False)]
)
def test_what_a_size_allows(name, served, built):
    assert (Size(name).is_served, Size(name).can_be_built) == (served, built)


def test_a_size_that_is_not_there_is_skipped(monkeypatch, tmp_path):
    monkeypatch.setenv("PAPERS_SHARED_DATA", str(tmp_path / "nothing"))
    assert not Size("shared").is_there
    assert Size("sample").is_there
