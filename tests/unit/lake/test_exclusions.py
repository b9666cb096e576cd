"""What is excluded: captures by their time, papers by their id; remembered with the reason, and brought back."""

import datetime as dt
import shutil

import pytest

from dagster_project.errors import ExclusionError
from dagster_project.lake.exclusions import (
    complete_exclusions,
    exclude_capture,
    exclude_paper,
    hash_id,
    include_capture,
    include_paper,
    read_exclusions,
)
from dagster_project.lake.fetch_log import open_log
from dagster_project.lake.home import Home
from dagster_project.lake.tables import LakeTables
from dagster_project.parse.rows import OWN, Entry, Parsed, Reject
from dagster_project.sources.attempt import Attempt, Outcome, hash_body
from dagster_project.validate.split import split

DAY = dt.date(2025, 3, 1)
FIRST, SECOND = dt.datetime(2025, 3, 1, 6, 15, 7, 123), dt.datetime(2025, 3, 1, 12, 15)
NOW = dt.datetime(2025, 3, 9)


def log_capture(home: Home, captured_at: dt.datetime, archive: str = OWN) -> None:
    body = repr(captured_at).encode()
    attempt = Attempt(
        source="huggingface",
        date=DAY,
        url="http://127.0.0.1/",
        fetched_at=captured_at,
        captured_at=captured_at,
        archive=archive,
        outcome=Outcome.FETCHED,
        sha256=hash_body(body),
        body=body,
    )
    open_log(home, "huggingface").add([attempt])


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A home with two captures, and a copy whose lake holds two papers and the reject of a third."""
    folder = tmp_path_factory.mktemp("homes")
    for captured_at in (FIRST, SECOND):
        log_capture(Home(folder / "home"), captured_at)
    home = Home(shutil.copytree(folder / "home", folder / "lake"))
    rows = Parsed()
    day = ("huggingface", DAY, FIRST, OWN)
    for rank, paper in enumerate(("2401.00001", "hep-th/9901001"), start=1):
        rows.entry.append(Entry(*day, arxiv_id=paper, rank=rank, title="A title", raw=""))
    rows.reject.append(Reject(*day, "title", "a paper without a title", "2401.00003", None, None, "{}"))
    LakeTables(home.lake).replace("huggingface", {DAY: "mark"}, split(rows))
    return folder


@pytest.fixture
def home(made_once, tmp_path):
    return Home(shutil.copytree(made_once / "home", tmp_path / "home"))


def test_there_are_none_at_first(home):
    assert read_exclusions(home).is_empty()


@pytest.mark.parametrize("time", ["2025-03-01T06:15", "2025-03-01 06:15:07", "2025-03-01T06:15:07.000123Z"])
def test_a_capture_is_excluded_by_the_beginning_of_its_time(home, time):
    assert exclude_capture(home, "huggingface", DAY, time, "bad votes", NOW) == (FIRST, OWN)
    assert read_exclusions(home).rows() == [
        ("capture", "huggingface", DAY, FIRST, OWN, None, None, False, "bad votes", NOW)
    ]


def test_excluded_again_it_has_the_newer_reason(home):
    for reason in ("one", "two"):
        exclude_capture(home, "huggingface", DAY, "2025-03-01T12", reason, NOW)
    assert read_exclusions(home)["reason"].to_list() == ["two"]


def test_it_comes_back(home):
    for captured_at in (FIRST, SECOND):
        exclude_capture(home, "huggingface", DAY, captured_at.isoformat(), "bad votes", NOW)
    assert include_capture(home, "huggingface", DAY, "2025-03-01T06") == (FIRST, OWN)
    assert read_exclusions(home)["captured_at"].to_list() == [SECOND]


def test_of_two_archives_at_one_time_one_must_be_named(home):
    log_capture(home, FIRST, archive="theirs")
    time = FIRST.isoformat()
    said = f"2 captures of huggingface 2025-03-01 have the time {time}; there are: {time} of own, {time} of theirs"
    with pytest.raises(ExclusionError, match=said):
        exclude_capture(home, "huggingface", DAY, time, "bad votes", NOW)
    for archive in (OWN, "theirs"):
        assert exclude_capture(home, "huggingface", DAY, time, "bad votes", NOW, archive) == (FIRST, archive)
    with pytest.raises(ExclusionError, match="2 captures of excluded huggingface"):
        include_capture(home, "huggingface", DAY, time)
    assert include_capture(home, "huggingface", DAY, time, "theirs") == (FIRST, "theirs")
    assert read_exclusions(home)["archive"].to_list() == [OWN]


def test_an_archive_that_did_not_capture_the_day_then_is_refused(home):
    with pytest.raises(ExclusionError, match="0 captures of huggingface"):
        exclude_capture(home, "huggingface", DAY, FIRST.isoformat(), "bad votes", NOW, "theirs")


def test_exclusions_of_an_older_release_are_of_our_own_captures(home):
    exclude_capture(home, "huggingface", DAY, FIRST.isoformat(), "bad votes", NOW)
    before = read_exclusions(home)
    [file] = home.exclusions.rglob("*.parquet")
    before.drop("kind", "archive", "arxiv_id", "arxiv_id_sha256", "is_purged").write_parquet(file)
    complete_exclusions(home)
    assert read_exclusions(home).equals(before)
    written = file.stat().st_mtime_ns
    complete_exclusions(home)
    assert file.stat().st_mtime_ns == written


@pytest.mark.parametrize(("time", "found"), [("2025-03-01", 2), ("2025-03-02", 0), ("noon", 0)])
def test_a_time_that_is_not_that_of_one_capture_is_refused_with_those_there_are(home, time, found):
    there_are = "2025-03-01T06:15:07.000123 of own, 2025-03-01T12:15:00 of own"
    said = f"{found} captures of huggingface 2025-03-01 have the time {time}; there are: {there_are}"
    with pytest.raises(ExclusionError, match=said):
        exclude_capture(home, "huggingface", DAY, time, "bad votes", NOW)
    with pytest.raises(ExclusionError, match=r"0 captures of excluded .*; there are: none"):
        include_capture(home, "huggingface", DAY, time)
    assert read_exclusions(home).is_empty()


@pytest.fixture
def lake(made_once, tmp_path):
    """The home, whose lake holds two papers and the reject of a third."""
    return Home(shutil.copytree(made_once / "lake", tmp_path / "lake"))


@pytest.mark.parametrize(
    ("named", "paper"),
    [
        ("2401.00001", "2401.00001"),
        (" arXiv:2401.00001v2", "2401.00001"),
        ("https://arxiv.org/abs/2401.00001", "2401.00001"),
        ("https://huggingface.co/papers/2401.00001", "2401.00001"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/pdf/hep-th/9901001v3", "hep-th/9901001"),
        ("2401.00003", "2401.00003"),
    ],
)
def test_a_paper_is_excluded_by_its_id_or_address_and_comes_back(lake, named, paper):
    assert exclude_paper(lake, named, "asked for", NOW) == paper
    row = ("paper", None, None, None, None, paper, hash_id(paper), False, "asked for", NOW)
    assert read_exclusions(lake).rows() == [row]
    assert include_paper(lake, named) == paper
    assert read_exclusions(lake).is_empty()


def test_a_paper_stands_beside_captures_and_once(lake):
    exclude_capture(lake, "huggingface", DAY, FIRST.isoformat(), "bad votes", NOW)
    for reason in ("one", "two"):
        exclude_paper(lake, "2401.00001", reason, NOW)
    exclude_paper(lake, "hep-th/9901001", "three", NOW)
    assert read_exclusions(lake).select("kind", "reason").rows() == [
        ("capture", "bad votes"),
        ("paper", "two"),
        ("paper", "three"),
    ]
    include_capture(lake, "huggingface", DAY, FIRST.isoformat())
    include_paper(lake, "2401.00001")
    assert read_exclusions(lake)["reason"].to_list() == ["three"]


@pytest.mark.parametrize("named", ["", "A title", "https://example.org/?u=arxiv.org/abs/2401.00001", "2401"])
def test_a_text_that_names_no_paper_is_refused(lake, named):
    with pytest.raises(ExclusionError, match="is no arXiv id"):
        exclude_paper(lake, named, "because", NOW)


def test_a_paper_that_the_home_does_not_hold_is_refused(lake, tmp_path):
    for home in (lake, Home(tmp_path / "empty")):
        with pytest.raises(ExclusionError, match=r"holds no paper 2401\.00009; check the id"):
            exclude_paper(home, "2401.00009", "because", NOW)
    with pytest.raises(ExclusionError, match=r"the paper 2401\.00001 is not excluded; there are: none"):
        include_paper(lake, "2401.00001")
