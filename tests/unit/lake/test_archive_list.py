"""The table of the archives that were read: a row each, as the list says it now."""

import pytest

from dagster_project.lake.archive_list import note_archive, read_archives
from dagster_project.lake.home import Home
from dagster_project.sources.archives import Archive
from dagster_project.validate import schemas


def archive(name: str, url: str = "https://git.example/a", licence: str = "CC0") -> Archive:
    return Archive(name=name, url=url, path=("feed.xml",), format="feed", licence=licence)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


def test_there_are_none_at_first(home):
    assert read_archives(home).is_empty()
    assert schemas.Archive.is_valid(read_archives(home))


def test_archives_that_were_read_are_rows_sorted_by_name(home):
    for name in ("theirs", "another"):
        note_archive(home, archive(name))
    assert read_archives(home).rows() == [
        ("another", "https://git.example/a", "feed", "CC0"),
        ("theirs", "https://git.example/a", "feed", "CC0"),
    ]
    assert schemas.Archive.is_valid(read_archives(home))


def test_what_the_list_says_now_replaces_what_it_said(home):
    for licence in ("none named", "MIT"):
        note_archive(home, archive("theirs", licence=licence))
    assert read_archives(home)["licence"].to_list() == ["MIT"]


def test_an_archive_that_is_known_is_not_written_again(home):
    note_archive(home, archive("theirs"))
    [file] = home.archive_list.rglob("*.parquet")
    before = file.stat().st_mtime_ns
    note_archive(home, archive("theirs"))
    assert file.stat().st_mtime_ns == before


def test_no_secret_of_an_address_is_kept(home):
    note_archive(home, archive("theirs", "https://me:hunter2@git.example/a?token=abc"))
    assert read_archives(home)["url"].to_list() == ["https://git.example/a?token=***"]
