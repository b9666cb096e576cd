"""How the newest build ended, as the home keeps it."""

import datetime as dt

import pytest

from dagster_project.lake.home import Home
from dagster_project.lake.last_build import LastBuild, note_failure, note_success, read_last_build

NOW = dt.datetime(2026, 3, 20, 12, 0, 0, 5)


@pytest.fixture
def home(folder):
    return Home(folder)


def test_a_home_of_before_says_nothing(home):
    assert read_last_build(home) == LastBuild()


def test_a_failure_keeps_when_the_release_was_confirmed(home):
    note_success(home, NOW)
    assert read_last_build(home) == LastBuild(NOW, NOW)
    later = NOW + dt.timedelta(hours=1)
    with pytest.raises(OSError, match="is full"), note_failure(home, lambda: later):
        raise OSError("the disk\n is full")
    assert read_last_build(home) == LastBuild(later, NOW, "the disk is full")


def test_a_body_that_ends_well_or_is_interrupted_is_not_noted(home):
    with note_failure(home, lambda: NOW):
        pass
    with pytest.raises(KeyboardInterrupt), note_failure(home, lambda: NOW):
        raise KeyboardInterrupt
    assert read_last_build(home) == LastBuild()


def test_a_failure_without_a_text_is_named_by_its_class(home):
    with pytest.raises(ValueError), note_failure(home, lambda: NOW):  # noqa: PT011
        raise ValueError
    assert read_last_build(home).problem == "ValueError"


def test_what_cannot_be_noted_changes_nothing(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    home = Home(tmp_path / "file")
    note_success(home, NOW)
    with pytest.raises(ValueError, match="its own"), note_failure(home, lambda: NOW):
        raise ValueError("its own")
    assert {"how this build ended is not noted" in record.getMessage() for record in caplog.records} == {True}
