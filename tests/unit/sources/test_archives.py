"""Git archives: the list of them, and the captures that their histories hold."""

import datetime as dt
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from dagster_project.config import load_settings
from dagster_project.errors import HistoryError, SettingsError
from dagster_project.lake.fetch_log import FetchLog
from dagster_project.lake.raw import RawStore
from dagster_project.sources import archives
from dagster_project.sources.archives import (
    BUNDLED,
    LATER,
    MARKER,
    Archive,
    HeldCaptures,
    HistoryReader,
    find_archives,
    load_archives,
    make_git_variables,
)
from dagster_project.sources.attempt import Attempt, Outcome, TimeBasis, hash_body
from dagster_project.sources.git import update_clone
from dagster_project.sources.registry import SOURCES
from tests.repository import START, Repository

GOOD = {
    "name": "theirs",
    "url": "https://git.example/theirs",
    "path": "days/{date:%Y-%m-%d}.md",
    "format": "digest",
    "licence": "CC0",
}
DAY = dt.date(2023, 11, 14)
FILE = f"days/{DAY}.md"
NOW = dt.datetime(2024, 2, 1, 12)
TODAY = NOW.date()
ROUND = dt.datetime.fromtimestamp(START, dt.UTC).replace(tzinfo=None)
"""The time of a repository before its first commit."""


def table(**given: object) -> str:
    """Return a table of the list; None leaves a value out."""
    values = {name: value for name, value in (GOOD | given).items() if value is not None}
    return "\n".join(["[[archive]]", *(f"{name} = {value!r}" for name, value in values.items()), ""])


class TestList:
    @pytest.fixture
    def load(self, tmp_path):
        def load(*tables: str | bytes) -> dict[str, Archive]:
            body = b"".join(table if isinstance(table, bytes) else table.encode() for table in tables)
            (tmp_path / "list.toml").write_bytes(body)
            return load_archives(load_settings(archives=tmp_path / "list.toml"))

        return load

    def test_archives_stand_under_their_names(self, load):
        feeds = {"path": ["day.xml", "week.xml"], "format": "feed"}
        read = load("\ufeff", table(), table(name="feeds_2", **feeds))
        assert read == {
            "theirs": Archive.model_validate(GOOD),
            "feeds_2": Archive.model_validate(GOOD | {"name": "feeds_2"} | feeds),
        }
        assert [archive.path for archive in read.values()] == [(GOOD["path"],), ("day.xml", "week.xml")]
        assert [archive.source for archive in read.values()] == [SOURCES["digest"], SOURCES["feed"]]

    def test_an_empty_list_has_none(self, load):
        assert load("") == {}

    def test_the_bundled_list_is_the_default_and_names_the_public_ones(self):
        read = load_archives(load_settings())
        assert list(read) == ["daily_papers_ko", "autoflow", "newsletter", "pushpaper", "feed"]
        assert {archive.format for archive in read.values()} == {s.name for s in SOURCES.values() if s.lists_papers}
        assert all(archive.url.startswith("https://") for archive in read.values())
        assert BUNDLED.exists()

    @pytest.mark.parametrize("url", ["repositories/theirs", "theirs.bundle", "../theirs", "~theirs"])
    def test_a_path_is_relative_to_the_folder_of_the_list(self, load, tmp_path, url):
        assert load(table(url=url))["theirs"].url == (tmp_path / url).as_uri()

    @pytest.mark.parametrize("url", ["https://git.example/a", "http://git.example/a", "file:///srv/a.bundle"])
    def test_an_address_is_taken_as_it_is(self, load, url):
        assert load(table(url=url))["theirs"].url == url

    def test_an_absolute_path_becomes_an_address(self, load):
        assert load(table(url="/srv/theirs"))["theirs"].url == "file:///srv/theirs"

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"name": None}, "name: Field required"),
            ({"name": "../theirs"}, "name: String should match pattern"),
            ({"name": "Theirs"}, "name: String should match pattern"),
            ({"name": ""}, "name: String should match pattern"),
            ({"name": "own"}, "own: the name is taken; choose another"),
            ({"url": None}, "url: Field required"),
            ({"url": ""}, "url: String should have at least 1 character"),
            ({"url": 5}, "url: Input should be a valid string"),
            ({"path": None}, "path: Field required"),
            ({"path": []}, "path: Value should have at least 1 item"),
            ({"path": [5]}, "path.0: Input should be a valid string"),
            ({"path": ""}, "path.0: must be a path in the repository, with {date:…} at most once"),
            ({"path": "/{date:%Y-%m-%d}.md"}, "path.0: must be a path in the repository"),
            ({"path": ":(glob){date:%Y-%m-%d}.md"}, "path.0: must be a path in the repository"),
            ({"path": "{date}.md"}, "path.0: must be a path in the repository"),
            ({"path": "{day:%Y}.md"}, "path.0: must be a path in the repository"),
            ({"path": "{date:%Y}/{date:%m-%d}.md"}, "path.0: must be a path in the repository"),
            ({"path": ["{date:%Y-%m-%d}.md", "day.md"]}, "theirs: a path of the format digest needs {date:…}, the day"),
            ({"path": "day.json", "format": "huggingface"}, "theirs: a path of the format huggingface needs {date:…}"),
            ({"format": "feed"}, "theirs: a path of the format feed takes no {date:…}"),
            ({"path": ["a.xml", "{date:%Y}.xml"], "format": "feed"}, "theirs: a path of the format feed takes no"),
            ({"format": None}, "format: Field required"),
            ({"format": "csv"}, "theirs: no format 'csv'; choose from huggingface, digest, feed"),
            ({"licence": None}, "licence: Field required"),
            ({"branch": "main"}, "branch: Extra inputs are not permitted"),
        ],
        ids=str,
    )
    def test_a_bad_entry_is_refused_in_one_line_that_names_the_list_and_what_is_wrong(self, load, wrong, said):
        with pytest.raises(SettingsError) as refused:
            load(table(**wrong))
        assert str(refused.value).startswith("PAPERS_ARCHIVES: ")
        assert said in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_a_name_that_stands_twice_is_refused(self, load):
        with pytest.raises(SettingsError, match="theirs: the name is taken; choose another"):
            load(table(), table(url="https://git.example/other"))

    @pytest.mark.parametrize(
        "body",
        [b"[[archive]", b"\xff", b"archive = 5", b"archive = [1]", b'archive = "a"', b"[archive]\nname = 'theirs'"],
        ids=repr,
    )
    def test_what_is_no_list_is_refused_in_one_line(self, load, tmp_path, body):
        with pytest.raises(SettingsError, match=r"^.*; it must be TOML with \[\[archive\]\] tables$") as refused:
            load(body)
        assert str(refused.value).startswith(f"PAPERS_ARCHIVES: {tmp_path / 'list.toml'}: ")

    def test_a_list_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(SettingsError, match=r"list\.toml: No such file or directory; it must be TOML"):
            load_archives(load_settings(archives=tmp_path / "list.toml"))

    def test_no_message_shows_a_secret_of_an_address(self, load):
        with pytest.raises(SettingsError) as refused:
            load(table(url="https://me:hunter2@git.example/a", branch="main"))
        assert "hunter2" not in str(refused.value)
        assert "hunter2" not in repr(load(table(url="https://me:hunter2@git.example/a")))

    def test_its_row_of_the_lake_shows_no_secret(self):
        archive = Archive.model_validate(GOOD | {"url": "https://me:hunter2@git.example/a?token=abc"})
        assert archive.describe() == ("theirs", "https://git.example/a?token=***", "digest", "CC0")

    def test_archives_are_found_by_their_names_in_the_order_asked_for_and_without_names_all(self):
        settings = load_settings()
        assert [archive.name for archive in find_archives(settings, ["feed", "autoflow"])] == ["feed", "autoflow"]
        assert find_archives(settings, []) == list(load_archives(settings).values())

    def test_a_name_that_there_is_not_is_refused_with_those_there_are(self, tmp_path):
        with pytest.raises(SettingsError, match="there is no archive 'mine'; choose from daily_papers_ko, autoflow, "):
            find_archives(load_settings(), ["feed", "mine"])
        (tmp_path / "list.toml").write_text("")
        with pytest.raises(SettingsError, match="there is no archive 'mine'; choose from none"):
            find_archives(load_settings(archives=tmp_path / "list.toml"), ["mine"])


def test_git_is_told_of_the_proxies_and_certificates_that_are_set(monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    given = {"https_proxy": "http://me:hunter2@proxy.example:8080", "ssl_cert_dir": "/certificates"}
    assert make_git_variables(load_settings(**given)) == {
        "https_proxy": "http://me:hunter2@proxy.example:8080",
        "SSL_CERT_DIR": "/certificates",
    }


class Reading:
    """A home's side of an archive: the clone, and what is held of it."""

    def __init__(self, remote: Repository, clone: Path, **given: Any) -> None:
        self.remote, self.clone = remote, clone
        self.archive = Archive.model_validate(GOOD | {"url": remote.folder.as_uri()} | given)
        self.raw = RawStore(clone.parent / "raw")
        self.log = FetchLog(clone.parent / "fetch", self.archive.format, self.raw)
        self.attempts: list[Attempt] = []
        self.skipped: dict[str, int] = {}

    def read(
        self, *, max_bytes=1_000_000, first=dt.date(2023, 1, 1), last=TODAY, seconds=60, refetch=False
    ) -> list[Attempt]:
        """Read the archive once, and return the attempts; after an error they stand in `attempts`."""
        update_clone(self.archive.url, self.clone, timeout=60, max_bytes=100 << 20)
        self.attempts = []
        reader = HistoryReader(
            archive=self.archive,
            clone=self.clone,
            held=self.log.find_held_captures(self.archive),
            first=first,
            last=last,
            max_bytes=max_bytes,
            deadline=time.monotonic() + seconds,
            refetch=refetch,
        )
        self.skipped = reader.skipped
        try:
            for attempt in reader.read(NOW):
                self.attempts.append(attempt)
        finally:
            self.log.add(self.attempts)
        reader.note_end()
        return self.attempts

    def texts(self, **given: Any) -> list[str]:
        return [attempt.body.decode() for attempt in self.read(**given) if attempt.body is not None]


@pytest.fixture
def remote(tmp_path) -> Repository:
    return Repository(tmp_path / "remote")


@pytest.fixture
def theirs(remote, tmp_path) -> Reading:
    """An archive of digests."""
    return Reading(remote, tmp_path / "home" / "theirs.git")


@pytest.fixture
def feeds(remote, tmp_path) -> Reading:
    """An archive of feeds of a day, a week and a month."""
    paths = ["day.xml", "week.xml", "month.xml"]
    return Reading(remote, tmp_path / "home" / "feeds.git", name="feeds", path=paths, format="feed")


@pytest.fixture
def listed(monkeypatch) -> list[str]:
    """The paths of the versions that git lists."""
    paths: list[str] = []

    def list_and_note(*args: Any, **given: Any):
        for version in list_versions(*args, **given):
            paths.append(version.path)
            yield version

    list_versions = archives.list_versions
    monkeypatch.setattr(archives, "list_versions", list_and_note)
    return paths


def minutes(count: int) -> dt.timedelta:
    return dt.timedelta(minutes=count)


def test_every_version_is_an_attempt_that_says_where_and_when_it_was_committed(remote, theirs):
    commits = [remote.commit({FILE: "# 1"}), remote.commit({FILE: "# 2\n## [a](b)", "README.md": "# no"})]
    blobs = [remote.git("rev-parse", f"{commit}:{FILE}") for commit in commits]
    first, second = theirs.read()
    assert first == Attempt(
        source="digest",
        date=DAY,
        url=theirs.archive.url,
        fetched_at=NOW,
        captured_at=ROUND + minutes(1),
        time_basis=TimeBasis.COMMITTED,
        archive="theirs",
        commit=commits[0],
        path=FILE,
        etag=blobs[0],
        sha256=hash_body(b"# 1"),
        size=3,
        items=0,
        outcome=Outcome.FETCHED,
    )
    assert (first.body, second.body) == (b"# 1", b"# 2\n## [a](b)")
    assert (second.commit, second.captured_at, second.etag) == (commits[1], ROUND + minutes(2), blobs[1])


def test_what_may_be_secret_in_the_address_is_not_kept(remote, theirs):
    remote.commit({FILE: "# 1"})
    update_clone(theirs.archive.url, theirs.clone, timeout=60, max_bytes=100 << 20)
    secret = theirs.archive.model_copy(update={"url": "https://me:hunter2@git.example/a"})
    reader = HistoryReader(secret, theirs.clone, HeldCaptures(), DAY, DAY, 1_000, time.monotonic() + 60)
    assert [attempt.url for attempt in reader.read(NOW)] == ["https://git.example/a"]


def test_the_files_of_a_commit_are_pages_by_the_number_of_their_path(remote, feeds):
    feed = "<rss><channel><item/>{}</channel></rss>"
    commit = remote.commit({name: feed.format(name) for name in ("day.xml", "month.xml", "week.xml", "year.xml")})
    remote.commit({"week.xml": feed.format("later")})
    *of_both, later = feeds.read()
    assert {(one.page, one.path) for one in of_both} == {(0, "day.xml"), (1, "week.xml"), (2, "month.xml")}
    assert {(one.commit, one.captured_at, one.date) for one in of_both} == {(commit, ROUND + minutes(1), DAY)}
    assert (later.page, later.path, later.captured_at) == (1, "week.xml", ROUND + minutes(2))
    assert {(one.source, one.outcome, one.items) for one in [*of_both, later]} == {("feed", Outcome.FETCHED, 1)}


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        ("[]", Outcome.EMPTY, None),
        ("1", Outcome.EMPTY, None),
        ("{}", Outcome.FAILED, "JSON, but not a list of papers: dict"),
        ("", Outcome.FAILED, "the answer is empty"),
        ("<html>", Outcome.FAILED, "an HTML page, where a JSON list of papers was due"),
    ],
)
def test_a_version_is_judged_by_its_source_and_its_bytes_are_kept_whatever_they_are(
    remote, tmp_path, body, outcome, reason
):
    remote.commit({f"{DAY}.json": body})
    theirs = Reading(remote, tmp_path / "home" / "theirs.git", path="{date:%Y-%m-%d}.json", format="huggingface")
    [attempt] = theirs.read()
    assert (attempt.outcome, attempt.reason, attempt.body) == (outcome, reason, body.encode())
    assert attempt.sha256 == hash_body(body.encode())
    assert theirs.read() == []


def test_the_same_bytes_of_two_days_are_two_captures(remote, theirs):
    remote.commit({FILE: "# 1", "days/2023-11-13.md": "# 1"})
    assert [attempt.date for attempt in theirs.read()] == [dt.date(2023, 11, 13), DAY]


def test_a_file_that_was_deleted_or_emptied_keeps_its_captures(remote, theirs):
    remote.commit({FILE: "# 1", "days/2023-11-13.md": "# 2"})
    remote.commit({FILE: None, "days/2023-11-13.md": ""})
    assert theirs.texts() == ["# 2", "# 1", ""]
    assert theirs.read() == []


def test_bytes_that_a_later_commit_puts_back_are_no_new_capture(remote, theirs):
    for text in ("# 1", "# 2", "# 1"):
        remote.commit({FILE: text})
    assert theirs.texts() == ["# 1", "# 2"]


def rename(remote: Repository) -> None:
    remote.git("mv", FILE, f"moved-{DAY}.md")
    remote.commit()


def amend(remote: Repository) -> None:
    remote.commit({"more": ""}, None, "--amend")


def rebase(remote: Repository) -> None:
    remote.now += 60
    remote.git("rebase", "--quiet", "--root", "--force-rebase")


def squash(remote: Repository) -> None:
    remote.git("reset", "--quiet", "--soft", "HEAD~1")
    remote.commit(None, None, "--amend")


def force_push(remote: Repository) -> None:
    remote.git("reset", "--quiet", "--hard", "HEAD~1")


def lose_the_branch(remote: Repository) -> None:
    remote.git("branch", "--move", "main", "trunk")


@pytest.mark.parametrize(
    "change", [rename, amend, rebase, squash, force_push, lose_the_branch], ids=lambda change: change.__name__
)
def test_a_moved_file_and_a_rewritten_history_give_no_new_captures_and_lose_none(remote, tmp_path, change):
    paths = ["days/{date:%Y-%m-%d}.md", "moved-{date:%Y-%m-%d}.md"]
    theirs = Reading(remote, tmp_path / "home" / "theirs.git", path=paths)
    remote.commit({FILE: "# 1"})
    remote.commit({FILE: "# 2"})
    assert theirs.texts() == ["# 1", "# 2"]
    change(remote)
    assert theirs.texts() == []
    shutil.rmtree(theirs.clone)
    assert theirs.texts() == []
    remote.commit({FILE: "# 3"})
    assert theirs.texts() == ["# 3"]


def test_a_second_read_lists_nothing_and_one_new_commit_is_read_alone(remote, theirs, listed):
    remote.commit({FILE: "# 1"})
    remote.commit({"days/2023-11-13.md": "# 2"})
    theirs.read()
    listed.clear()
    assert theirs.read() == []
    assert listed == []
    new = remote.commit({"days/2023-11-12.md": "# 3"})
    assert [attempt.commit for attempt in theirs.read()] == [new]
    assert listed == ["days/2023-11-12.md"]


def test_a_history_that_is_read_anew_is_listed_from_its_beginning_and_brings_nothing_twice(remote, theirs, listed):
    remote.commit({FILE: "# 1"})
    theirs.read()
    listed.clear()
    assert theirs.read(refetch=True) == []
    assert listed == [FILE]


@pytest.mark.parametrize("torn", [b"", b"\xff", b"words\n" + b"0" * 40], ids=repr)
def test_a_torn_marker_costs_a_read_and_no_capture(remote, theirs, listed, torn):
    remote.commit({FILE: "# 1"})
    theirs.read()
    (theirs.clone / MARKER).write_bytes(torn)
    remote.commit({FILE: "# 2"})
    listed.clear()
    assert theirs.texts() == ["# 2"]
    assert listed == [FILE, FILE]


def test_a_capture_that_is_lost_is_read_again_as_it_was(remote, theirs):
    remote.commit({FILE: "# 1"})
    remote.commit({FILE: "# 2"})
    first, _ = theirs.read()
    theirs.raw.remove([first.sha256 or ""])
    assert theirs.read() == [first]
    assert theirs.read() == []


def test_a_path_that_is_added_to_the_list_is_read_from_the_beginning(remote, feeds):
    remote.commit({"day.xml": "<rss/>", "year.xml": "<rss><channel/></rss>"})
    assert [attempt.path for attempt in feeds.read()] == ["day.xml"]
    feeds.archive = feeds.archive.model_copy(update={"path": (*feeds.archive.path, "year.xml")})
    assert [(attempt.path, attempt.page) for attempt in feeds.read()] == [("year.xml", 3)]


def test_a_version_that_is_too_large_is_told_of_once_and_taken_when_it_may_be(remote, theirs):
    remote.commit({FILE: "# 12345678", "days/2023-11-13.md": "# 1234567"})
    fits, large = theirs.read(max_bytes=9)
    assert fits.body == b"# 1234567"
    assert (large.outcome, large.body, large.sha256, large.size) == (Outcome.FAILED, None, None, None)
    assert large.reason == "10 bytes: larger than PAPERS_MAX_BYTES allows"
    (theirs.clone / MARKER).unlink()
    assert theirs.read(max_bytes=9) == []
    assert theirs.texts(max_bytes=10) == ["# 12345678"]


def test_a_version_without_a_time_is_told_of_once_and_never_taken(remote, tmp_path):
    theirs = Reading(remote, tmp_path / "home" / "theirs.git", path="{date:%Y-%m-%d}.md")
    commit = remote.commit_tree(("100644", f"{DAY}.md", remote.write("blob", "# 1")), time="9" * 20)
    [attempt] = theirs.read()
    assert (attempt.outcome, attempt.body, attempt.commit) == (Outcome.FAILED, None, commit)
    assert (attempt.reason, attempt.captured_at) == ("its commit states no time", NOW)
    (theirs.clone / MARKER).unlink()
    assert theirs.read() == []


@pytest.mark.parametrize(("seconds", "year"), [(0, 1970), (4_102_444_800, 2100)])
def test_a_capture_has_the_time_that_its_commit_states_and_its_file_says_the_day(remote, theirs, seconds, year):
    remote.commit({FILE: "# 1"}, seconds)
    [attempt] = theirs.read()
    assert (attempt.date, attempt.captured_at, attempt.fetched_at) == (DAY, dt.datetime(year, 1, 1), NOW)


def test_a_feed_is_of_the_day_of_its_commit(remote, feeds):
    for number, seconds in enumerate((0, START, 4_102_444_800)):
        remote.commit({"day.xml": f"<rss><channel>{number}</channel></rss>"}, seconds)
    assert [attempt.date for attempt in feeds.read()] == [DAY]
    assert feeds.skipped == {"of a day before the first that is read": 1, LATER: 1}


def test_days_outside_the_range_are_counted_and_read_when_they_are_in_it(remote, theirs):
    days = [DAY + dt.timedelta(days=number) for number in range(-2, 3)]
    remote.commit({f"days/{day}.md": f"# {day}" for day in days})
    assert [attempt.date for attempt in theirs.read(first=days[1], last=days[2])] == days[1:3]
    assert theirs.skipped == {"of a day before the first that is read": 1, LATER: 2}
    (theirs.clone / MARKER).unlink()
    assert [attempt.date for attempt in theirs.read()] == [days[0], *days[3:]]
    assert theirs.skipped == {}


@pytest.mark.parametrize(("bound", "most"), [("MOST_CAPTURES", 2), ("MOST_BYTES", 6)])
def test_of_one_day_no_more_is_taken_than_a_stranger_may_bring(remote, theirs, monkeypatch, bound, most):
    monkeypatch.setattr(archives, bound, most)
    for number in range(4):
        remote.commit({FILE: f"# {number}"})
    remote.commit({"days/2023-11-13.md": "# 4"})
    assert theirs.texts() == ["# 0", "# 1", "# 4"]
    [(reason, count)] = theirs.skipped.items()
    assert reason.startswith("of a day with ")
    assert count == 2
    (theirs.clone / MARKER).unlink()
    assert theirs.texts() == []


def test_a_read_that_runs_out_of_time_keeps_what_it_has_and_the_next_goes_on(remote, theirs, monkeypatch):
    monkeypatch.setattr(archives, "AT_ONCE", 2)
    for number in range(5):
        remote.commit({FILE: f"# {number}"})
    read = []
    for _ in range(2):
        with pytest.raises(HistoryError, match="theirs: not read to its end in the time that PAPERS_ARCHIVE_TIMEOUT"):
            theirs.read(seconds=-1)
        read += [attempt.body for attempt in theirs.attempts]
    assert read == [b"# 0", b"# 1", b"# 2", b"# 3"]
    assert theirs.texts() == ["# 4"]
    assert theirs.texts() == []


OTHERS = [
    "2024/1/5.md",
    "2024/01/5.md",
    "2024/02/30.md",
    "2024/01/05.md.bak",
    "x2024/01/05.md",
    "2024/01/05 .md",
    "２０２４/01/05.md",
    "2024/01/05/more.md",
    "2024/01/.md",
    ".md",
    "deep/2024/01/05.md",
]


def test_a_file_is_of_a_day_only_if_its_path_is_what_the_template_makes_of_the_day(remote, tmp_path):
    theirs = Reading(remote, tmp_path / "home" / "theirs.git", path="{date:%Y/%m/%d}.md")
    remote.commit({path: f"# {path}" for path in ["2024/01/05.md", *OTHERS] if path != "2024/01/05/more.md"})
    assert [(attempt.path, attempt.date) for attempt in theirs.read()] == [("2024/01/05.md", dt.date(2024, 1, 5))]


@pytest.mark.parametrize(
    "path", ["{date:%Y-%m-%d}.md", "a/b/{date:%Y-%m-%d}.md", "a/b-{date:%Y%m%d}", "[a]/*{date:%j %Y}"]
)
def test_a_template_finds_its_files_in_whatever_folder_they_lie(remote, tmp_path, path):
    theirs = Reading(remote, tmp_path / "home" / "theirs.git", path=path)
    remote.commit({path.format(date=DAY): "# 1", "other.md": "# 2"})
    assert theirs.texts() == ["# 1"]


def test_hostile_names_are_passed_over_and_nothing_is_written_beside_the_clone(remote, tmp_path):
    theirs = Reading(remote, tmp_path / "home" / "theirs.git", path="{date:%Y-%m-%d}.md")
    good, bad = remote.write("blob", "# good"), remote.write("blob", "# bad")
    inner = remote.git("rev-parse", f"{remote.commit_tree(('100644', f'{DAY}.md', bad))}^{{tree}}")
    names = [f"{DAY}\udcff.md", f"\udcff{DAY}.md", f"../{DAY}.md", f"-{DAY}.md", f"{DAY}\n.md"]
    odd = [("40000", "..", inner), ("120000", "2023-11-13.md", bad), *(("100644", name, bad) for name in names)]
    remote.commit_tree(*sorted([*odd, ("100644", f"{DAY}.md", good)], key=lambda entry: os.fsencode(entry[1])))
    before = sorted(tmp_path.rglob("*"))
    assert [(attempt.path, attempt.body) for attempt in theirs.read()] == [(f"{DAY}.md", b"# good")]
    home = tmp_path / "home"
    assert [path for path in sorted(tmp_path.rglob("*")) if home not in [path, *path.parents]] == before
    assert {path.name for path in home.iterdir()} == {"theirs.git", "raw", "fetch"}


def test_a_bundle_is_an_archive_too(remote, theirs, tmp_path):
    remote.commit({FILE: "# 1"})
    remote.git("bundle", "create", "--quiet", str(tmp_path / "theirs.bundle"), "--all")
    theirs.archive = theirs.archive.model_copy(update={"url": (tmp_path / "theirs.bundle").as_uri()})
    shutil.rmtree(remote.folder)
    assert theirs.texts() == ["# 1"]


def test_a_clone_that_is_gone_is_an_error_of_one_line(theirs):
    reader = HistoryReader(theirs.archive, theirs.clone, HeldCaptures(), DAY, DAY, 1_000, time.monotonic() + 60)
    with pytest.raises(HistoryError, match=r"^[^\n]+$"):
        list(reader.read(NOW))
