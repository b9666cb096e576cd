"""From a source to the lake: fetched once, read once, and made again from raw bytes to the same."""

import datetime as dt
import json
import os
import shutil
from itertools import repeat
from typing import Any

import polars as pl
import pytest

from dagster_project import pipeline
from dagster_project.lake.archive_list import read_archives
from dagster_project.lake.exclusions import exclude_capture, read_exclusions
from dagster_project.lake.fetch_log import FetchLog, open_index_log, open_log
from dagster_project.lake.held import find_read_time
from dagster_project.lake.home import Home
from dagster_project.lake.packs import read_pack
from dagster_project.lake.raw import RawStore
from dagster_project.lake.tables import LakeTables
from dagster_project.parse.day import parse_day
from dagster_project.pipeline import FetchedDay, archives, fetching, marks, parsing
from dagster_project.pipeline.fetching import sum_up
from dagster_project.sources.archives import LATER as LATER_DAY
from dagster_project.sources.archives import MARKER, Archive
from dagster_project.sources.attempt import Attempt, Outcome, TimeBasis, hash_body
from dagster_project.sources.registry import SOURCES
from dagster_project.validate.schemas import TABLES, Fetch, make_frame
from dagster_project.validate.split import split
from tests.loopback import Answer
from tests.raw_files import put_apart
from tests.repository import Repository

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(days=number) for number in range(8)]
DAY = DAYS[0]
NOW = dt.datetime(2024, 2, 1, 12)
LATER = NOW + dt.timedelta(hours=1)


def paper(number: int, votes: int) -> dict[str, object]:
    return {
        "paper": {
            "id": f"2401.{number:05}",
            "title": f"On the number {number}",
            "upvotes": votes,
            "authors": [{"name": "Ada Lovelace"}, {"name": f"Author {number}"}],
        },
        "publishedAt": "2024-01-01T00:00:00.000Z",
    }


def papers(count: int, votes: int = 1) -> list[object]:
    return [paper(number, votes) for number in range(count)]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def fetch(home, settings_for):
    """Fetch days from the API."""

    def fetch(days=DAYS, now=NOW, **given) -> dict[dt.date, pipeline.FetchedDay]:
        return pipeline.fetch(home, settings_for(**given), "huggingface", days, lambda: now)

    return fetch


@pytest.fixture
def parse(home):
    """Read days of the API."""

    def parse(days=DAYS) -> dict[dt.date, pipeline.ParsedDay]:
        return pipeline.parse(home, "huggingface", days)

    return parse


@pytest.fixture
def archive(web):
    """Serve every day, each with one paper more than the day before; the first has none."""
    for number, day in enumerate(DAYS):
        web.serve_papers(day, papers(number))


@pytest.fixture
def settled(home):
    """A day in March, after which January is one period."""
    nothing = {table: make_frame(schema, []) for table, schema in TABLES.items()}
    LakeTables(home.lake).replace("huggingface", {dt.date(2024, 3, 3): "mark"}, nothing)


def log_of(home: Home) -> FetchLog:
    return open_log(home, "huggingface")


def lake(home: Home) -> dict[str, bytes]:
    return {str(path.relative_to(home.lake)): path.read_bytes() for path in home.lake.rglob("*.parquet")}


def rows(home: Home) -> dict[str, list[dict]]:
    """Return all rows of the lake by table."""
    return {
        table: [
            row for file in sorted(home.lake.glob(f"{table}/*/*.parquet")) for row in pl.read_parquet(file).to_dicts()
        ]
        for table in TABLES
    }


def entries(home: Home, day=DAY) -> pl.DataFrame:
    return pl.read_parquet(home.lake / "entry" / "huggingface" / "*.parquet").filter(pl.col("listed_on") == day)


def outcomes(fetched: dict[dt.date, pipeline.FetchedDay]) -> dict[dt.date, str]:
    return {day: str(one.outcome) for day, one in fetched.items()}


@pytest.mark.usefixtures("archive")
class TestTheWay:
    def test_days_come_from_the_source_into_the_lake(self, home, fetch, parse):
        assert outcomes(fetch()) == {day: "fetched" if number else "empty" for number, day in enumerate(DAYS)}
        parsed = parse()
        assert [parsed[day].rows["entry"] for day in DAYS] == list(range(8))
        assert [entries(home, day).height for day in DAYS] == list(range(8))

    def test_a_second_time_moves_nothing_and_reads_nothing(self, web, home, fetch, parse):
        fetch()
        parse()
        before = lake(home)
        web.forget()
        fetched, parsed = fetch(now=LATER), parse()
        assert web.sent == 0
        assert {(one.outcome, one.captures, one.size) for one in fetched.values()} == {(Outcome.UNCHANGED, 0, 0)}
        assert all(one.unchanged for one in parsed.values())
        assert lake(home) == before

    def test_the_lake_is_made_again_from_raw_bytes_to_the_same(self, web, home, fetch, parse):
        fetch()
        parse()
        before = lake(home)
        shutil.rmtree(home.lake)
        web.forget()
        parse()
        assert web.asked == []
        assert lake(home) == before

    @pytest.mark.usefixtures("settled")
    def test_a_torn_month_is_made_again_and_no_other(self, home, fetch, parse):
        fetch()
        parse()
        before = lake(home)
        (home.lake / "entry" / "huggingface" / "2024-01.parquet").write_bytes(b"PAR1")
        assert {day for day, one in parse([DAYS[3]]).items() if not one.unchanged} == set(DAYS)
        assert lake(home) == before

    def test_months_with_few_captures_are_parsed_together_to_the_same_rows(self, web, home, fetch, parse, monkeypatch):
        days = [dt.date(2024, month, 1) for month in (1, 2, 3, 4)]
        for number, day in enumerate(days):
            web.serve_papers(day, papers(number + 1))
        fetch(days, dt.datetime(2024, 5, 1))
        groups = list[int]()

        def count(found):
            groups.append(len(found.entry))
            return split(found)

        monkeypatch.setattr(parsing, "split", count)
        lakes = list[dict[str, bytes]]()
        for together in (2, 128):
            monkeypatch.setattr(parsing, "PARSED_TOGETHER", together)
            shutil.rmtree(home.lake, ignore_errors=True)
            assert [one.rows["entry"] for one in parse(days).values()] == [1, 2, 3, 4]
            lakes.append(lake(home))
        assert lakes[0] == lakes[1]
        assert groups == [1 + 2, 3 + 4, 1 + 2 + 3 + 4]

    def test_processes_read_the_same_rows(self, home, fetch, parse, monkeypatch):
        fetch()
        parse()
        before = lake(home)
        shutil.rmtree(home.lake)
        monkeypatch.setattr(parsing, "WORTH_SPREADING", 1)
        monkeypatch.setenv("PYTHONSAFEPATH", "1")  # which this sets for its workers, and no other test may find
        parsed = pipeline.parse(home, "huggingface", DAYS, processes=2)
        assert [parsed[day].rows["entry"] for day in DAYS] == list(range(8))
        assert lake(home) == before

    def test_days_that_other_code_read_are_read_again(self, fetch, parse, monkeypatch):
        fetch()
        parse()
        monkeypatch.setattr(marks, "hash_parsing_code", lambda: "other rules")
        assert not any(one.unchanged for one in parse().values())
        assert all(one.unchanged for one in parse().values())

    def test_only_the_days_that_are_asked_for_are_taken(self, web, home, fetch, parse):
        fetch(DAYS[:2])
        assert len(web.asked) == 2
        assert set(parse(DAYS[:2])) == set(DAYS[:2])
        assert list(pipeline.list_stale_days(home, "huggingface")) == []

    def test_one_failing_day_fails_no_other(self, web, fetch, parse):
        web.play("date=2024-01-05", repeat(Answer(500)))
        web.play("date=2024-01-06", [Answer(body=b"<html>")])
        ended = fetch(attempts=2)
        assert [str(one.outcome) for day, one in sorted(ended.items()) if day > DAYS[0]] == [
            *["fetched"] * 3,
            *["failed"] * 2,
            *["fetched"] * 2,
        ]
        assert ended[dt.date(2024, 1, 5)].reason == "HTTP 500 Internal Server Error"
        assert sum(not one.unchanged for one in parse().values()) == 6

    def test_a_failed_day_is_tried_again_next_time(self, web, fetch, parse):
        web.play("date=2024-01-05", [Answer(500)])
        fetch(attempts=1)
        parse()
        assert outcomes(fetch(now=LATER))[DAYS[4]] == "fetched"
        assert [day for day, one in parse().items() if not one.unchanged] == [DAYS[4]]

    def test_a_day_that_fails_later_keeps_its_rows(self, web, home, fetch, parse):
        fetch()
        parse()
        before = lake(home)
        web.play("date=", repeat(Answer(body=b"<html>")))
        assert set(outcomes(fetch(now=LATER)).values()) == {"failed"}
        parse()
        assert lake(home) == before

    def test_the_future_is_logged_and_not_asked(self, web, home, fetch):
        ended = fetch(DAYS[:2], dt.datetime(2023, 12, 31, 23))
        assert outcomes(ended) == dict.fromkeys(DAYS[:2], "future")
        assert log_of(home).read()["outcome"].to_list() == ["future", "future"]
        assert web.asked == []

    def test_what_was_fetched_before_a_run_was_ended_is_kept(self, web, home, fetch, monkeypatch):
        def end(_step: str, done: int, asked_for: int) -> None:
            if (done, asked_for) == (3, len(DAYS)):
                raise KeyboardInterrupt

        monkeypatch.setattr(fetching, "report", end)
        with pytest.raises(KeyboardInterrupt):
            fetch(concurrency=1)
        assert list(pipeline.list_stale_days(home, "huggingface")) == DAYS[:3]
        web.forget()
        fetch(DAYS[:3], LATER)
        assert {asked.status for asked in web.asked} == {304}

    def test_progress_is_told(self, fetch, caplog):
        caplog.set_level("INFO", "dagster_project.progress")
        fetch()
        assert caplog.messages[-1] == "fetch huggingface 8 of 8"

    def test_the_token_is_nowhere_in_the_home(self, web, home, fetch, parse):
        web.play("date=2024-01-05", repeat(Answer(401)))
        fetch(hf_token="hf_" + "hidden")
        parse()
        log_of(home).read().write_csv(home.root / "log.csv")
        files = [path for path in home.root.rglob("*") if path.is_file()]
        assert len(files) > 8
        assert not any(b"hf_hidden" in path.read_bytes() for path in files)


class TestCaptures:
    def test_both_captures_of_a_day_are_kept(self, web, home, fetch, parse):
        web.serve_papers(DAY, papers(3, votes=1), papers(2, votes=5))
        for web.turn, now in enumerate((NOW, LATER)):
            fetch([DAY], now)
            parse([DAY])
        votes = entries(home).select("captured_at", "arxiv_id", "votes").sort("captured_at", "arxiv_id").rows()
        assert votes == [
            (NOW, "2401.00000", 1),
            (NOW, "2401.00001", 1),
            (NOW, "2401.00002", 1),
            (LATER, "2401.00000", 5),
            (LATER, "2401.00001", 5),
        ]

    def test_a_later_capture_alone_is_parsed_to_the_rows_of_all(self, web, home, fetch, parse, monkeypatch):
        parsed = list[int]()

        def count(of_source, source, day, captures):
            parsed.append(len(captures))
            return parse_day(of_source, source, day, captures)

        web.serve_papers(DAY, papers(3, votes=1), papers(2, votes=5), papers(4, votes=7))
        monkeypatch.setattr(parsing, "parse_day", count)
        for web.turn in range(3):
            fetch([DAY], NOW + web.turn * dt.timedelta(hours=1))
            assert parse([DAY])[DAY].rows["entry"] == (3, 5, 9)[web.turn]
        before = lake(home)
        pipeline.parse(home, "huggingface", again=True)
        assert lake(home) == before
        assert parsed == [1, 1, 1, 3]

    @pytest.mark.usefixtures("settled")
    def test_a_later_capture_of_a_settled_month_too(self, web, home, fetch, parse):
        for day in DAYS[:2]:
            web.serve_papers(day, papers(3, votes=1), papers(2, votes=5))
        for web.turn, now in enumerate((NOW, LATER)):
            fetch(DAYS[:2], now)
            parse(DAYS[:2])
        before = lake(home)
        assert entries(home).height == 5
        pipeline.parse(home, "huggingface", again=True)
        assert lake(home) == before

    @pytest.mark.parametrize("damage", [b"PAR1", b""])
    def test_rows_that_cannot_be_read_are_made_again(self, web, home, fetch, parse, damage):
        web.serve_papers(DAY, papers(3, votes=1), papers(2, votes=5))
        fetch([DAY])
        parse([DAY])
        [author] = home.lake.glob("author/huggingface/*.parquet")
        size = author.stat().st_size
        author.write_bytes(damage * (size // 4) + b"\0" * (size % 4 if damage else size))
        web.turn = 1
        fetch([DAY], LATER)
        parse([DAY])
        before = lake(home)
        assert len(rows(home)["author"]) == 2 * 3
        pipeline.parse(home, "huggingface", again=True)
        assert lake(home) == before

    def test_a_long_day_is_one_capture_of_many_pages(self, web, home, fetch, parse):
        web.serve_papers(DAY, papers(150))
        fetched = fetch([DAY])[DAY]
        assert (fetched.outcome, fetched.captures) == (Outcome.FETCHED, 1)
        assert fetched.size == web.sent
        parse([DAY])
        assert entries(home)["rank"].sort().to_list() == list(range(1, 151))

    def test_a_day_that_was_cut_is_completed_next_time(self, web, home, fetch, parse):
        web.serve_papers(DAY, papers(120))
        web.play("p=1", [Answer(500)])
        assert fetch([DAY], attempts=1)[DAY].outcome is Outcome.INCOMPLETE
        parse([DAY])
        assert entries(home).height == 100
        fetch([DAY], LATER)
        parse([DAY])
        assert entries(home)["arxiv_id"].n_unique() == 120

    def test_an_emptied_day_keeps_its_papers(self, web, home, fetch, parse):
        web.serve_papers(DAY, papers(3), [])
        for web.turn, now in enumerate((NOW, LATER)):
            fetch([DAY], now)
            parse([DAY])
        assert entries(home).height == 3


@pytest.mark.usefixtures("archive")
class TestRawBytes:
    @pytest.fixture
    def lost(self, web, home, fetch, parse):
        """The bytes of the sixth day, which has another capture since: with fewer papers and more votes."""
        web.serve_papers(DAYS[5], papers(5), papers(3, votes=9))
        fetch()
        parse()
        [capture] = log_of(home).list_captures([DAYS[5]])[DAYS[5]]
        web.turn = 1
        fetch(now=LATER)
        [file] = put_apart(home, capture.pages)
        return file

    @pytest.fixture
    def wanted(self, home, parse, lost):  # noqa: ARG002 - the answers must be there
        """The lake as it is when nothing is lost."""
        mended = Home(home.root.with_name("whole"))
        shutil.copytree(home.root, mended.root)
        pipeline.parse(mended, "huggingface", DAYS)
        return rows(mended)

    def test_a_day_whose_bytes_are_gone_says_so_keeps_its_rows_and_takes_what_is_new(self, home, parse, wanted, lost):
        lost.unlink()
        parsed = parse()
        assert "is missing or damaged; build its day again" in (parsed[DAYS[5]].problem or "")
        assert [day for day, one in parsed.items() if one.problem] == [DAYS[5]]
        assert rows(home) == wanted

    def test_it_is_told_of_again_but_written_once(self, home, parse, lost):
        lost.unlink()
        parse()
        before = lake(home)
        again = parse()[DAYS[5]]
        assert again.unchanged
        assert "is missing" in (again.problem or "")
        assert lake(home) == before

    def test_a_damaged_one_too_which_is_set_aside(self, home, parse, wanted, lost):
        lost.write_bytes(b"[]")
        assert "is missing or damaged" in (parse()[DAYS[5]].problem or "")
        assert lost.with_suffix(".damaged").read_bytes() == b"[]"
        assert rows(home) == wanted

    def test_when_the_rows_are_gone_too_a_reject_stands_for_the_capture(self, home, parse, lost):
        [name] = read_pack(lost).names
        lost.unlink()
        for file in home.lake.glob("*/huggingface/2024-01-*.parquet"):
            file.write_bytes(b"torn")
        parse()
        [reject] = rows(home)["reject"]
        assert reject["rule"] == "answer.lost"
        assert reject["captured_at"] == NOW
        assert name in reject["reason"]
        assert [row["votes"] for row in rows(home)["entry"] if row["listed_on"] == DAYS[5]] == [9, 9, 9]

    def test_what_comes_back_is_read_as_if_it_had_never_been_gone(self, home, parse, wanted, lost):
        body = lost.read_bytes()
        lost.unlink()
        parse()
        lost.write_bytes(body)
        assert parse()[DAYS[5]].problem is None
        assert rows(home) == wanted

    def test_lost_bytes_are_fetched_again(self, web, home, fetch, parse):
        fetch()
        RawStore(home.raw).remove(log_of(home).list_captures()[DAYS[5]][0].pages)
        web.forget()
        fetch(now=LATER)
        assert {200, 304} == {asked.status for asked in web.asked}
        assert not any(one.problem for one in parse().values())


@pytest.mark.usefixtures("archive")
class TestRepair:
    def test_a_whole_lake_needs_none(self, home, fetch, parse):
        fetch()
        parse()
        before = lake(home)
        assert not pipeline.repair(home)
        assert lake(home) == before

    @pytest.mark.parametrize("table", ["entry", "author"])
    def test_a_damaged_file_is_made_again_to_the_same(self, home, fetch, parse, table):
        fetch()
        parse()
        before = lake(home)
        file = home.lake / table / "huggingface" / "2024-01-08.parquet"
        body = file.read_bytes()
        file.write_bytes(body[:4] + bytes(byte ^ 255 for byte in body[4:-300]) + body[-300:])  # its foot is whole
        assert pipeline.repair(home)
        assert lake(home) == before

    def test_a_damaged_table_of_no_days_is_noticed_too(self, home, fetch, parse):
        fetch()
        parse()
        LakeTables(home.lake).write_sources()
        before = lake(home)
        (home.lake / "source" / "all" / "registry.parquet").write_bytes(b"torn")
        assert pipeline.repair(home)
        LakeTables(home.lake).write_sources()
        assert lake(home) == before

    def test_rows_that_no_capture_explains_are_kept_as_far_as_they_can_be_read(self, home, fetch, parse, caplog):
        caplog.set_level("INFO", "dagster_project.progress")
        fetch()
        parse()
        shutil.rmtree(home.fetch_log)
        before = rows(home)["entry"]
        (home.lake / "author" / "huggingface" / "2024-01-08.parquet").write_bytes(b"torn")
        assert pipeline.repair(home)
        assert caplog.messages[-1] == "parts of the lake that were damaged or there twice, made again 1 of 1"
        assert LakeTables(home.lake).list_damaged() == []
        assert rows(home)["entry"] == before
        assert not pipeline.repair(home)

    def test_a_day_that_lies_in_two_files_and_differs_is_parsed_again(self, web, home, fetch, parse):
        """A clock that was ahead made an older release write a month, and then days beside it once it was right."""
        fetch()
        parse()
        days = {file: file.read_bytes() for file in home.lake.glob("*/huggingface/2024-01-08.parquet")}
        web.serve_papers(DAYS[7], papers(9, votes=5))
        fetch(now=LATER)
        nothing = {table: make_frame(schema, []) for table, schema in TABLES.items()}
        LakeTables(home.lake).replace("huggingface", {dt.date(2024, 3, 3): "mark"}, nothing)
        parse()
        before = rows(home)
        for file, body in days.items():
            file.write_bytes(body)
        assert rows(home) != before
        assert pipeline.repair(home)
        assert rows(home) == before
        assert not pipeline.repair(home)

    def test_days_that_a_run_left_half_read_are_read_before_the_next_writes(self, home, fetch, parse):
        fetch()
        parse()
        before = lake(home)
        (home.lake / "entry" / "huggingface" / "2024-01-08.parquet").unlink()
        with pipeline.lock_for_writing(home):
            assert lake(home) != before
        (home.root / ".writer").write_text("process 1")
        with pipeline.lock_for_writing(home):
            assert lake(home) == before


class TestArchives:
    """Captures that others committed to a git repository."""

    COMMITTED = dt.datetime(2024, 1, 9, 0, 1)

    @pytest.fixture
    def remote(self, tmp_path):
        remote = Repository(tmp_path / "remote")
        remote.now = int(dt.datetime(2024, 1, 9, tzinfo=dt.UTC).timestamp())
        return remote

    @pytest.fixture
    def theirs(self, remote):
        given = {"url": remote.folder.as_uri(), "path": "{date:%Y-%m-%d}.json", "format": "huggingface"}
        return Archive.model_validate(given | {"name": "theirs", "licence": "CC0"})

    @pytest.fixture
    def read(self, home, theirs, settings_for):
        """Read the archive; keyword arguments are settings."""

        def read(first=None, last=None, now=NOW, archive=theirs, **given) -> pipeline.ReadArchive:
            return pipeline.read_archive(home, settings_for(**given), archive, first, last, lambda: now)

        return read

    def commit(self, remote: Repository, *days: dt.date, votes=1) -> str:
        return remote.commit({f"{day}.json": json.dumps(papers(2, votes)) for day in days})

    def test_its_captures_come_into_the_raw_store_the_log_and_the_lake(self, remote, home, read, parse):
        commit = self.commit(remote, DAY)
        done = read()
        size = len(json.dumps(papers(2)))
        assert done == pipeline.ReadArchive("huggingface", {DAY: FetchedDay(Outcome.FETCHED, None, 1, size)})
        [attempt] = log_of(home).read().to_dicts()
        assert (attempt["archive"], attempt["commit"], attempt["path"]) == ("theirs", commit, f"{DAY}.json")
        assert (attempt["captured_at"], attempt["fetched_at"]) == (self.COMMITTED, NOW)
        assert RawStore(home.raw).get(attempt["sha256"]) == json.dumps(papers(2)).encode()
        assert read_archives(home)["archive"].to_list() == ["theirs"]
        parse()
        assert entries(home).select("archive", "captured_at").unique().rows() == [("theirs", self.COMMITTED)]

    def test_captures_of_a_day_by_others_stand_beside_our_own(self, web, remote, home, fetch, read, parse):
        web.serve_papers(DAY, papers(3, votes=5))
        self.commit(remote, DAY)
        fetch()
        read()
        parse()
        assert entries(home).group_by("archive", "captured_at").len().sort("archive").rows() == [
            ("own", NOW, 3),
            ("theirs", self.COMMITTED, 2),
        ]

    def test_a_second_read_adds_nothing_and_a_new_commit_adds_itself(self, remote, home, read):
        self.commit(remote, *DAYS)
        read()
        before = {path: path.stat().st_mtime_ns for path in home.raw.rglob("*") if path.is_file()}
        assert read(now=LATER) == pipeline.ReadArchive("huggingface")
        assert {path: path.stat().st_mtime_ns for path in home.raw.rglob("*") if path.is_file()} == before
        self.commit(remote, DAYS[3], votes=2)
        assert list(read(now=LATER).days) == [DAYS[3]]
        assert log_of(home).read().height == len(DAYS) + 1

    def test_a_raw_file_that_is_lost_is_read_again(self, remote, home, read, parse):
        self.commit(remote, DAY)
        read()
        parse()
        before = rows(home)
        [capture] = log_of(home).list_captures()[DAY]
        RawStore(home.raw).remove(capture.pages)
        assert list(read(now=LATER).days) == [DAY]
        assert parse()[DAY].problem is None
        assert rows(home) == before

    @pytest.mark.parametrize("url", ["file:///nowhere", "ssh://git.example/a", "https://127.0.0.1:9/a"])
    def test_one_that_cannot_be_cloned_is_a_problem_in_one_line(self, home, theirs, read, url):
        done = read(archive=theirs.model_copy(update={"url": url}))
        assert (done.problem or "").startswith(f"{url.removeprefix('file://')}: ")
        assert "\n" not in (done.problem or "")
        assert (done.days, read_archives(home).height, log_of(home).read().height) == ({}, 0, 0)

    def test_one_that_is_gone_keeps_what_was_read_and_its_clone_still_gives_it(self, remote, home, read):
        self.commit(remote, DAY)
        read()
        shutil.rmtree(remote.folder)
        [capture] = log_of(home).list_captures()[DAY]
        RawStore(home.raw).remove(capture.pages)
        done = read(now=LATER)
        assert "correct the address" in (done.problem or "")
        assert list(done.days) == [DAY]
        assert log_of(home).list_captures()[DAY] == [capture]

    def test_only_one_that_was_read_counts_as_read_at_that_time(self, remote, home, read):
        self.commit(remote, DAY)
        assert find_read_time(home, ["theirs"]) is None
        read()
        mark = home.clones / "theirs.git" / MARKER
        os.utime(mark, (1_000_000_000, 1_000_000_000))
        remote.folder.rename(remote.folder.with_name("gone"))
        read(now=LATER)
        assert find_read_time(home, ["theirs"]) == dt.datetime(2001, 9, 9, 1, 46, 40)
        remote.folder.with_name("gone").rename(remote.folder)
        read(now=LATER)
        assert find_read_time(home, ["theirs"]) > NOW

    @pytest.mark.parametrize(
        ("limits", "problem"),
        [
            ({"archive_bytes": 5_000_000}, "larger than 5,000,000 bytes; allow more"),
            ({"archive_timeout": 1e-6}, "not read in time; allow more time"),
        ],
    )
    def test_one_beyond_its_limits_is_a_problem_and_is_read_once_they_allow_it(self, remote, read, limits, problem):
        (remote.folder / "big").write_bytes(os.urandom(6 << 20))
        self.commit(remote, DAY)
        assert problem in (read(**limits).problem or "")
        assert list(read().days) == [DAY]

    def test_a_version_that_is_too_large_is_a_failed_day_once(self, remote, read):
        self.commit(remote, DAY)
        day = read(max_bytes=100).days[DAY]
        assert (day.outcome, day.captures, day.size) == (Outcome.FAILED, 0, 0)
        assert "larger than PAPERS_MAX_BYTES allows" in (day.reason or "")
        assert read(max_bytes=100).days == {}
        assert read().days[DAY].outcome is Outcome.FETCHED

    def test_only_days_of_the_range_are_read_and_the_others_when_they_are_asked_for(self, remote, read):
        self.commit(remote, *DAYS)
        assert list(read(first=DAYS[2], last=DAYS[3]).days) == DAYS[2:4]
        assert list(read(first=DAYS[6]).days) == DAYS[6:]
        assert list(read(last=DAYS[0]).days) == DAYS[:1]
        assert list(read().days) == [DAYS[1], *DAYS[4:6]]

    def test_a_day_that_has_not_begun_in_utc_is_read_once_it_has(self, remote, read):
        self.commit(remote, NOW.date(), NOW.date() + dt.timedelta(days=1))
        done = read()
        assert (list(done.days), done.skipped) == ([NOW.date()], {LATER_DAY: 1})
        assert list(read(now=NOW + dt.timedelta(days=1)).days) == [NOW.date() + dt.timedelta(days=1)]

    def test_more_captures_than_are_written_at_once_all_arrive(self, remote, home, read, monkeypatch):
        monkeypatch.setattr(archives, "CAPTURES_AT_ONCE", 3)
        self.commit(remote, *DAYS)
        read()
        assert log_of(home).read()["date"].to_list() == DAYS
        assert len(list((home.fetch_log / "huggingface").iterdir())) == 3

    def test_a_digest_has_the_time_of_the_commit_in_place_of_the_assumed_one(self, remote, home, theirs, read):
        body = b"# Daily Papers\n### [A title](https://arxiv.org/abs/2401.12345)\n"
        ours = Attempt(
            source="digest",
            date=DAY,
            url="https://host.example/",
            fetched_at=NOW,
            captured_at=dt.datetime.combine(DAY, dt.time(23)),
            time_basis=TimeBasis.ASSUMED,
            outcome=Outcome.FETCHED,
            sha256=hash_body(body),
            body=body,
        )
        open_log(home, "digest").add([ours])
        pipeline.parse(home, "digest")
        remote.commit({f"{DAY}.md": body.decode()})
        read(archive=theirs.model_copy(update={"path": ("{date:%Y-%m-%d}.md",), "format": "digest"}))
        pipeline.parse(home, "digest", [DAY])
        [entry] = rows(home)["entry"]
        assert (entry["captured_at"], entry["archive"]) == (self.COMMITTED, "theirs")


class TestOlderHomes:
    """Homes whose logs are of a release that knew no archives."""

    def test_their_logs_are_completed_under_the_lock(self, home):
        given: dict[str, Any] = {"date": DAY, "url": "https://host.example/", "fetched_at": NOW, "captured_at": NOW}
        for open_one in (open_log, open_index_log):
            for source in ("digest", "huggingface"):
                attempt = Attempt(source=source, **given, outcome=Outcome.FETCHED, sha256=hash_body(b""), body=b"")
                open_one(home, source).add([attempt])
        exclude_capture(home, "huggingface", DAY, str(NOW), "bad votes", NOW)
        exclusions = read_exclusions(home)
        lacking = ["archive", "time_basis", "commit", "path"]
        for file in home.raw.rglob("*.parquet"):
            pl.read_parquet(file).drop(lacking, strict=False).write_parquet(file)
        with pipeline.lock_for_writing(home):
            pass
        for open_one in (open_log, open_index_log):
            for source, basis in (("digest", "assumed"), ("huggingface", "measured")):
                log = open_one(home, source).read()
                assert log.columns == Fetch.column_names()
                assert log.select(lacking).rows() == [("own", basis, None, None)]
        assert read_exclusions(home).equals(exclusions)

    def test_what_they_hold_is_parsed_and_goes_on_beside_new_captures(self, web, home, fetch, parse):
        web.serve_papers(DAY, papers(3), papers(3, votes=2))
        fetch([DAY])
        parse([DAY])
        before = rows(home)
        shutil.rmtree(home.lake)
        [file] = home.fetch_log.rglob("*.parquet")
        pl.read_parquet(file).drop("archive", "time_basis", "commit", "path").write_parquet(file)
        with pipeline.lock_for_writing(home):
            parse()
            assert rows(home) == before
            web.turn = 1
            fetch([DAY], LATER)
            parse([DAY])
        assert entries(home)["votes"].to_list() == [1, 1, 1, 2, 2, 2]


class TestIndex:
    """A source's own list of its papers, beside what its days list."""

    INDEX = b"date,title,url\n2024-01-02,A Small Title,https://arxiv.org/abs/2401.00001\nwords\n"
    AGAIN = INDEX.replace(b"words\n", b"2024-01-03,Another,https://arxiv.org/abs/2401.00002\n")

    @pytest.fixture
    def fetch(self, web, home, settings_for):
        """Fetch the index of the digests, which answers with `body`."""

        def fetch(body, now=NOW) -> Attempt | None:
            web.play("/index.csv", [Answer(body=body)])
            settings = settings_for(digest_index_url=f"{web.url}/index.csv")
            return pipeline.fetch_source_index(home, settings, "digest", lambda: now)

        return fetch

    def rows(self, home, table="index") -> pl.DataFrame:
        return pl.read_parquet(home.lake / table / "digest" / "index.parquet")

    def test_its_lines_are_rows_and_rejects(self, home, fetch):
        assert fetch(self.INDEX).outcome is Outcome.FETCHED
        pipeline.parse_source_index(home, "digest")
        assert self.rows(home).rows() == [("digest", dt.date(2024, 1, 2), "2401.00001", "A Small Title")]
        assert self.rows(home, "reject")["raw"].to_list() == ["words"]

    def test_the_newest_is_read_and_only_once(self, home, fetch, monkeypatch):
        for number, body in enumerate([self.INDEX, self.AGAIN]):
            fetch(body, NOW + dt.timedelta(hours=number))
        pipeline.parse_source_index(home, "digest")
        assert self.rows(home)["title"].to_list() == ["A Small Title", "Another"]
        monkeypatch.setattr(LakeTables, "replace_index", lambda *_: 1 / 0)
        pipeline.parse_source_index(home, "digest")

    def test_one_that_is_no_index_changes_nothing(self, home, fetch):
        fetch(self.INDEX)
        pipeline.parse_source_index(home, "digest")
        assert fetch(b"<html>", LATER).outcome is Outcome.FAILED
        pipeline.parse_source_index(home, "digest")
        assert self.rows(home).height == 1

    @pytest.mark.parametrize("source", SOURCES)
    def test_where_none_was_fetched_there_are_no_rows(self, web, home, settings_for, source):
        assert pipeline.fetch_source_index(home, settings_for(), source, lambda: NOW) is None
        pipeline.parse_source_index(home, source)
        assert web.asked == []
        assert not home.lake.exists()


def attempts(*outcomes: Outcome) -> list[Attempt]:
    return [
        Attempt(
            source="huggingface",
            date=DAY,
            url=str(number),
            fetched_at=NOW,
            captured_at=NOW,
            outcome=outcome,
            reason=f"it was {outcome}",
        )
        for number, outcome in enumerate(outcomes)
    ]


@pytest.mark.parametrize(
    ("ended", "day"),
    [
        ([Outcome.UNCHANGED, Outcome.FETCHED], Outcome.FETCHED),
        ([Outcome.UNCHANGED, Outcome.UNCHANGED], Outcome.UNCHANGED),
        ([Outcome.FETCHED, Outcome.INCOMPLETE], Outcome.INCOMPLETE),
        ([Outcome.FETCHED, Outcome.FAILED, Outcome.INCOMPLETE], Outcome.FAILED),
        ([Outcome.MISSING], Outcome.MISSING),
        ([Outcome.FUTURE], Outcome.FUTURE),
    ],
)
def test_of_a_days_captures_trouble_speaks_first_then_news(ended, day):
    fetched = sum_up(attempts(*ended))
    assert (fetched.outcome, fetched.reason) == (day, f"it was {day}")
