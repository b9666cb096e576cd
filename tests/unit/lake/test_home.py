"""A home holds the sample or real data, and one writer at a time."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from dagster_project.errors import DiskError, ForeignFolderError, HomeBusyError, HomeMixError
from dagster_project.lake.home import MARK, Home, claim_folder, list_outdated

HOLD = """
import sys, time
from pathlib import Path
from dagster_project.lake.home import Home
with Home(Path(sys.argv[1])).lock_for_writing():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def sample(home):
    """A home that holds a published sample."""
    home.set_contents("sample")
    for place in (home.raw, home.fetch_log, home.archive_list, home.lake, home.releases / "1"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "file").write_text("sample")
    home.current.symlink_to("releases/1")
    return home


def tree(folder):
    """Return all that a folder holds, with the bytes of files."""
    return {str(path.relative_to(folder)): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


class TestMark:
    def test_a_folder_that_is_absent_becomes_a_home(self, folder):
        claim_folder(folder / "new" / "home")
        claim_folder(folder / "new" / "home")
        assert [file.name for file in (folder / "new" / "home").iterdir()] == [MARK]

    def test_other_files_in_a_home_are_nobodys_business(self, folder):
        claim_folder(folder / "home")
        (folder / "home" / "notes.txt").write_text("mine")
        claim_folder(folder / "home")
        assert (folder / "home" / "notes.txt").read_text() == "mine"

    def test_a_folder_in_a_bucket_that_holds_files_of_others_is_refused(self, folder):
        (folder / "place").mkdir(parents=True, exist_ok=True)
        (folder / "place" / "notes.txt").write_text("mine")
        with pytest.raises(ForeignFolderError, match=r"is not a home of papers: it holds notes\.txt, .*--home DIR"):
            claim_folder(folder / "place")
        assert [file.name for file in (folder / "place").iterdir()] == ["notes.txt"]

    @pytest.mark.parametrize(
        "name", [".env", ".gitignore", ".gitkeep", "lost+found", ".DS_Store", ".papers-x1y2.tmp", "s3"]
    )
    def test_a_folder_with_what_systems_leave_counts_as_empty(self, tmp_path, name):
        (tmp_path / name).write_text("")
        claim_folder(tmp_path)
        assert (tmp_path / MARK).exists()

    @pytest.mark.parametrize(
        "files",
        [
            ["releases/v1/artifact"],
            ["releases/20260101T000000-0123abcd/artifact"],
            [".git/config", "README.md"],
            ["contents"],
            ["raw/photo.raw"],
            ["lake/water", "raw/photo.raw"],
            ["dagster/dagster.yaml"],
            [".lock", "notes"],
            [".notes.tmp"],
            ["current/papers.duckdb"],
            [".s3"],
        ],
        ids=str,
    )
    def test_a_folder_of_others_is_refused_and_nothing_in_it_changes(self, tmp_path, files):
        for file in files:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text("mine")
        before = tree(tmp_path)
        with (
            pytest.raises(ForeignFolderError, match=r"^\S+ is not a home of papers: it holds [^\n]+$"),
            Home(tmp_path).lock_for_writing(),
        ):
            pass
        assert tree(tmp_path) == before

    def test_a_file_is_no_home(self, tmp_path):
        (tmp_path / "home").write_text("mine")
        with pytest.raises(DiskError, match="Not a directory"), Home(tmp_path / "home").lock_for_writing():
            pass
        assert (tmp_path / "home").read_text() == "mine"

    @pytest.mark.parametrize(
        "files",
        [
            {"contents": "real\n"},
            {"contents": "sample\n", "notes.txt": "mine"},
            {"raw/fetch/digest/2024-01.parquet": "", "lake/entry/digest/2024-01.parquet": ""},
            {".lock": "", "dagster/dagster.yaml": ""},
            {".lock": ""},
        ],
        ids=str,
    )
    def test_a_home_of_before_is_taken_over(self, tmp_path, files):
        for file, text in files.items():
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(text)
        claim_folder(tmp_path)
        assert (tmp_path / MARK).exists()

    def test_a_folder_of_pulled_releases_of_before_is_taken_over(self, tmp_path):
        (tmp_path / "releases").mkdir()
        (tmp_path / "current").symlink_to("releases/20260101T000000-0123abcd")
        claim_folder(tmp_path)
        assert (tmp_path / MARK).exists()

    def test_what_a_killed_writer_left_is_removed_and_no_file_of_others(self, home):
        with home.lock_for_writing():
            pass
        ours = [".papers-a1.tmp", "raw/ab/.papers-b2.tmp", "lake/entry/digest/.papers-c3.tmp"]
        theirs = [".notes.tmp", "raw/.x.tmp", "lake/.papers.tmp", "other/.papers-d4.tmp", "releases/.building-mine/x"]
        for file in (*ours, *theirs, "releases/.building-20260101T000000-0123abcd/x", ".writer"):
            (home.root / file).parent.mkdir(parents=True, exist_ok=True)
            (home.root / file).write_text("x")
        with home.lock_for_writing():
            left = [file for file in tree(home.root) if (home.root / file).is_file()]
        assert sorted(set(left) - {MARK, ".lock", ".writer"}) == sorted(theirs)


class TestStrangers:
    def test_files_of_other_programs_are_named(self, home):
        ours = ["lake/entry/digest/2024-01.parquet", "raw/fetch/digest/20260101T000000000000.parquet"]
        ours += ["lake/source/all/registry.parquet", "lake/entry/digest/.papers-a1.tmp", "lake/shell.sql"]
        theirs = ["lake/entry/digest/._2024-01.parquet", "lake/entry/digest (1)/2024-01.parquet"]
        theirs += ["raw/fetch/digest/20260101T000000000000 (copy).parquet", "raw/index/digest/index.parquet.conflict"]
        for file in ours + theirs:
            (home.root / file).parent.mkdir(parents=True, exist_ok=True)
            (home.root / file).write_text("x")
        assert {file.relative_to(home.root).as_posix() for file in home.list_strangers()} == set(theirs)


class TestWithoutLinks:
    """A disk without links, such as FAT: `current` is a folder with a copy of the release."""

    FIRST, SECOND = "20260101T000000-0123abcd", "20260102T000000-0123abcd"

    @pytest.fixture
    def home(self, home):
        for release in (self.FIRST, self.SECOND):
            (home.releases / release).mkdir(parents=True)
            (home.releases / release / "papers.duckdb").write_text(release)
        return home

    @pytest.fixture
    def refuse_links(self, monkeypatch):
        def refuse(code=errno.EPERM):
            def refused(*_, **__):
                raise OSError(code, os.strerror(code))

            monkeypatch.setattr(os, "symlink", refused)

        return refuse

    @pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS])
    def test_readers_open_the_same_path_and_see_the_old_or_the_new(self, home, refuse_links, caplog, code):
        refuse_links(code)
        home.set_current(self.FIRST)
        assert (home.read_current(), home.warehouse.read_text()) == (self.FIRST, self.FIRST)
        with home.warehouse.open() as reading:
            home.set_current(self.SECOND)
            assert reading.read() == self.FIRST
        assert (home.read_current(), home.warehouse.read_text()) == (self.SECOND, self.SECOND)
        assert caplog.messages == [
            f"this disk has no links, so {home.current} is a folder with a copy of the release: open {home.warehouse}"
        ]

    def test_a_link_of_before_gives_way(self, home, refuse_links):
        home.set_current(self.FIRST)
        assert home.current.is_symlink()
        refuse_links()
        home.set_current(self.SECOND)
        assert not home.current.is_symlink()
        assert home.warehouse.read_text() == self.SECOND
        assert (home.releases / self.FIRST / "papers.duckdb").read_text() == self.FIRST

    def test_a_log_beside_the_copy_goes(self, home, refuse_links):
        refuse_links()
        home.set_current(self.FIRST)
        (home.current / "papers.duckdb.wal").write_text("forged")
        home.set_current(self.SECOND)
        assert sorted(file.name for file in home.current.iterdir()) == ["papers.duckdb", "release.txt"]

    def test_a_folder_of_others_is_not_touched(self, home, refuse_links):
        home.current.mkdir()
        (home.current / "papers.duckdb").write_text("mine")
        for _ in range(2):
            with pytest.raises(OSError, match=r"directory|folder"):
                home.set_current(self.FIRST)
            refuse_links()
        assert home.warehouse.read_text() == "mine"


class TestContents:
    def test_a_home_that_nothing_was_said_of_holds_real_data(self, home):
        assert home.read_contents() == "real"

    @pytest.mark.parametrize("contents", ["sample", "real"])
    def test_a_new_home_takes_either(self, home, contents):
        assert home.set_contents(contents) is None
        assert home.read_contents() == contents

    @pytest.mark.parametrize("contents", ["sample", "real"])
    def test_more_of_the_same_changes_nothing(self, home, contents):
        home.set_contents(contents)
        home.lake.mkdir()
        assert home.set_contents(contents) is None
        assert home.lake.exists()

    def test_real_data_sets_the_sample_aside(self, sample):
        aside = sample.set_contents("real")
        assert aside is not None
        assert sample.read_contents() == "real"
        assert not any(place.exists() for place in (sample.lake, sample.fetch_log, sample.releases, sample.current))
        assert not sample.current.is_symlink()

    def test_the_sample_set_aside_can_still_be_read(self, sample):
        aside = sample.set_contents("real")
        assert (aside / "current" / "file").read_text() == "sample"
        assert (aside / "lake" / "file").read_text() == "sample"
        assert (aside / "fetch" / "file").read_text() == "sample"
        assert (aside / "archive" / "file").read_text() == "sample"

    def test_raw_bytes_stay(self, sample):
        sample.set_contents("real")
        assert (sample.raw / "file").read_text() == "sample"

    def test_a_link_to_nowhere_is_set_aside_too(self, home):
        home.set_contents("sample")
        home.current.symlink_to("releases/gone")
        home.set_contents("real")
        assert not home.current.is_symlink()

    def test_the_sample_is_refused_where_real_data_is(self, home):
        home.set_contents("real")
        home.lake.mkdir()
        with pytest.raises(HomeMixError, match="holds real data; build the sample in another home: --home DIR"):
            home.set_contents("sample")
        assert home.read_contents() == "real"
        assert home.lake.exists()

    def test_a_mark_that_cannot_be_read_is_taken_for_real_data(self, home):
        home.root.mkdir()
        (home.root / "contents").write_text("")
        home.lake.mkdir()
        with pytest.raises(HomeMixError):
            home.set_contents("sample")
        assert home.set_contents("real") is None
        assert home.lake.exists()


class TestLock:
    @pytest.fixture
    def other(self, home):
        """Another process that is writing to the home."""
        with subprocess.Popen(
            [sys.executable, "-c", HOLD, str(home.root)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        ) as process:
            assert process.stdout.readline() == "held\n"
            yield process
            process.kill()

    def test_a_second_writer_is_refused_after_its_wait_until_the_first_is_killed(self, home, other):
        started = time.monotonic()
        with (
            pytest.raises(HomeBusyError, match="another run has been writing to") as refused,
            home.lock_for_writing(wait=0.3),
        ):
            pass
        assert time.monotonic() - started >= 0.3
        assert str(home.root) in str(refused.value)
        assert "wait for it, or stop it, and try again" in str(refused.value)
        other.send_signal(signal.SIGKILL)
        other.wait()
        with home.lock_for_writing(wait=0):
            pass

    def test_a_writer_that_waits_gets_its_turn(self, home, other):
        other.kill()
        with home.lock_for_writing(wait=30):
            pass

    def test_a_writer_that_fails_lets_go(self, home):
        with pytest.raises(ZeroDivisionError), home.lock_for_writing():
            raise ZeroDivisionError
        with home.lock_for_writing(wait=0):
            pass

    @pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
    def test_a_disk_without_locks_is_named(self, home, monkeypatch, code):
        def refuse(*_):
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(fcntl, "flock", refuse)
        said = rf"\.lock: the disk does not lock files: {os.strerror(code)}; choose a home on another disk[^\n]*$"
        with pytest.raises(DiskError, match=said), home.lock_for_writing(wait=60):
            pass

    def test_the_home_is_made(self, home):
        with home.lock_for_writing():
            assert home.root.is_dir()


NAMES = [f"2026010{day}T000000-0123abcd" for day in range(1, 9)]


@pytest.mark.parametrize(
    ("keep", "since", "removed"),
    [
        (3, None, NAMES[:-3]),
        (100, None, []),
        (100, datetime(2026, 1, 3), NAMES[:2]),
        (4, datetime(2026, 1, 3), NAMES[:4]),
        (100, datetime(2027, 1, 1), NAMES[:-3]),
        (1, datetime(2026, 1, 1), NAMES[:-1]),
    ],
)
def test_releases_go_by_number_and_by_age_but_the_newest_three_stay(keep, since, removed):
    assert sorted(list_outdated(NAMES, keep, since)) == removed
