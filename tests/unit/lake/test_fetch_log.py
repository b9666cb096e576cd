"""The fetch log: every attempt, what is held, and which captures of a day there are."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dagster_project.lake.fetch_log import GATHERED, CaptureName, FetchLog
from dagster_project.lake.files import read_bytes, read_metadata, scan, write_parquet_atomically
from dagster_project.lake.raw import RawStore
from dagster_project.parse.rows import OWN
from dagster_project.sources.archives import Archive
from dagster_project.sources.attempt import Attempt, Held, Outcome, TimeBasis, hash_body
from dagster_project.validate.schemas import Fetch

DAY, NEXT_DAY = dt.date(2024, 1, 25), dt.date(2024, 1, 26)
START = dt.datetime(2024, 1, 27)
A, B, C = b"# a", b"# b", b"# c"


def at(minute: int) -> dt.datetime:
    return START + dt.timedelta(minutes=minute)


def attempt(minute: int, body: bytes | None, outcome=Outcome.FETCHED, *, day=DAY, **more) -> Attempt:
    """Return an attempt at that minute; one that was unchanged names its bytes and moved none."""
    given: dict[str, Any] = {
        "source": "huggingface",
        "date": day,
        "url": f"http://127.0.0.1/{day}",
        "fetched_at": at(minute),
        "captured_at": at(minute),
        "outcome": outcome,
        "sha256": None if body is None else hash_body(body),
        "body": None if outcome is Outcome.UNCHANGED else body,
    }
    return Attempt(**given | more)


def pages(minute: int, *bodies: bytes, day=DAY) -> list[Attempt]:
    """Return the pages of one capture, asked for one second after the other."""
    return [
        attempt(
            minute,
            body,
            day=day,
            page=page,
            fetched_at=at(minute) + dt.timedelta(seconds=page),
            url=f"http://127.0.0.1/{day}?p={page}",
        )
        for page, body in enumerate(bodies)
    ]


@pytest.fixture
def raw(folder):
    return RawStore(folder / "raw")


@pytest.fixture
def log(folder, raw):
    return FetchLog(folder / "fetch", "huggingface", raw)


def named(*captures: tuple[int, tuple[bytes, ...]], archive=OWN, **more) -> list[CaptureName]:
    return [CaptureName(at(minute), archive, tuple(map(hash_body, bodies)), **more) for minute, bodies in captures]


def held(log: FetchLog, day=DAY) -> dict[str, Held]:
    return log.find_held([day]).get(day, {})


class TestRecords:
    def test_every_attempt_is_a_record(self, log):
        log.add([attempt(0, A, status=200, size=3, items=2, etag='"a"')])
        log.add([attempt(1, None, Outcome.FAILED, status=503, reason="HTTP 503")])
        first, second = log.read().to_dicts()
        assert (first["outcome"], first["sha256"], first["bytes"], first["items"]) == ("fetched", hash_body(A), 3, 2)
        assert (second["outcome"], second["sha256"], second["status"]) == ("failed", None, 503)
        assert second["reason"] == "HTTP 503"

    def test_an_empty_log_has_no_records(self, log):
        assert log.read().is_empty()
        assert held(log, DAY) == {}
        assert log.list_captures() == {}

    def test_files_of_other_programs_are_no_part_of_it(self, log, folder):
        log.add([attempt(0, A)])
        [first] = folder.glob("fetch/huggingface/*.parquet")
        for name in (f"._{first.name}", f"{first.stem} (conflicted copy).parquet", "2024-01 copy.parquet"):
            first.with_name(name).write_bytes(first.read_bytes())
        log.gather(dt.datetime(2024, 3, 1))
        assert log.read().height == 1
        assert len(list(folder.glob("fetch/huggingface/*"))) == 4

    def test_nothing_to_add_is_nothing_written(self, log, folder):
        log.add([])
        assert list(folder.glob("**/*")) == []

    def test_what_is_added_changes_no_file_that_was_there(self, log, folder):
        log.add([attempt(0, A)])
        [first] = folder.glob("fetch/huggingface/*.parquet")
        before = first.read_bytes()
        log.add([attempt(0, A)])
        assert first.read_bytes() == before
        assert len(list(folder.glob("fetch/huggingface/*"))) == 2

    def test_bodies_are_in_the_raw_store(self, log, raw):
        log.add([attempt(0, A), attempt(1, b"<html>", Outcome.FAILED)])
        assert (raw.get(hash_body(A)), raw.get(hash_body(b"<html>"))) == (A, b"<html>")

    def test_a_body_is_kept_before_its_record(self, log, monkeypatch):
        monkeypatch.setattr(RawStore, "put", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            log.add([attempt(0, A)])
        assert log.read().is_empty()

    def test_another_sources_log_is_another(self, log, folder, raw):
        log.add([attempt(0, A)])
        assert FetchLog(folder / "fetch", "digest", raw).read().is_empty()

    def test_a_log_that_is_opened_later_says_the_same(self, log, folder, raw):
        log.add([attempt(0, A), *pages(1, A, B, day=NEXT_DAY)])
        later = FetchLog(folder / "fetch", "huggingface", raw)
        assert later.list_captures() == log.list_captures()
        assert held(later, DAY) == held(log, DAY)


class TestHeld:
    def test_the_newest_answer_is_held(self, log):
        log.add([attempt(0, A, etag='"a"')])
        log.add([attempt(1, B, etag='"b"', last_modified="today", items=7)])
        url = f"http://127.0.0.1/{DAY}"
        assert held(log, DAY) == {url: Held(url, hash_body(B), '"b"', "today", 7)}

    def test_every_page_is_held(self, log):
        log.add(pages(0, A, B))
        assert [answer.sha256 for answer in held(log, DAY).values()] == [hash_body(A), hash_body(B)]

    def test_another_days_answer_is_not(self, log):
        log.add([attempt(0, A)])
        assert held(log, NEXT_DAY) == {}

    def test_a_failure_is_not_held_and_hides_nothing(self, log):
        log.add([attempt(0, A), attempt(1, b"<html>", Outcome.FAILED), attempt(2, None, Outcome.MISSING)])
        assert [answer.sha256 for answer in held(log, DAY).values()] == [hash_body(A)]

    @pytest.mark.parametrize("outcome", [Outcome.EMPTY, Outcome.INCOMPLETE])
    def test_an_empty_or_cut_answer_is_held(self, log, outcome):
        log.add([attempt(0, b"[]", outcome)])
        assert len(held(log, DAY)) == 1

    def test_an_answer_whose_bytes_are_gone_is_not_held(self, log, raw):
        log.add([attempt(0, A), attempt(0, B, day=NEXT_DAY)])
        raw.remove([hash_body(A)])
        assert held(log, DAY) == {}
        assert len(held(log, NEXT_DAY)) == 1


class TestCaptures:
    def test_each_new_answer_is_a_capture(self, log):
        log.add([attempt(0, A), attempt(20, B)])
        assert log.list_captures() == {DAY: named((0, (A,)), (20, (B,)))}

    def test_an_unchanged_answer_adds_none(self, log):
        log.add([attempt(0, A), attempt(20, A, Outcome.UNCHANGED), attempt(40, A)])
        assert log.list_captures() == {DAY: named((0, (A,)))}

    def test_an_answer_that_comes_back_is_a_third(self, log):
        log.add([attempt(0, A), attempt(20, B), attempt(40, A)])
        assert log.list_captures() == {DAY: named((0, (A,)), (20, (B,)), (40, (A,)))}

    def test_one_that_comes_back_by_304_is_too(self, log):
        log.add([attempt(0, A), attempt(20, B), attempt(40, A, Outcome.UNCHANGED)])
        assert len(log.list_captures()[DAY]) == 3

    def test_only_the_first_of_digests_written_again_is_of_the_assumed_time(self, log):
        assumed = {"captured_at": START, "time_basis": TimeBasis.ASSUMED}
        log.add([attempt(1, A, **assumed), attempt(20, B, **assumed), attempt(30, B, Outcome.UNCHANGED, **assumed)])
        log.add([attempt(40, A, **assumed)])
        [captures] = log.list_captures().values()
        assert [name[:3] for name in captures] == [name[:3] for name in named((0, (A,)), (20, (B,)), (40, (A,)))]

    def test_digests_that_are_fetched_before_their_assumed_hour_keep_their_order(self, log):
        assumed = {"captured_at": at(59), "time_basis": TimeBasis.ASSUMED}
        log.add([attempt(1, A, **assumed), attempt(20, A, Outcome.UNCHANGED, **assumed), attempt(30, B, **assumed)])
        [captures] = log.list_captures().values()
        assert [name.pages for name in captures] == [(hash_body(A),), (hash_body(B),)]
        assert captures[0].captured_at == at(59) < captures[1].captured_at

    def test_captures_that_were_found_late_stand_where_they_belong(self, log):
        log.add([attempt(30, B)])
        log.add([attempt(40, A, captured_at=at(10))])
        assert log.list_captures() == {DAY: named((10, (A,)), (30, (B,)))}

    def test_failures_and_missing_days_are_no_captures(self, log):
        log.add([attempt(0, b"<html>", Outcome.FAILED), attempt(1, None, Outcome.MISSING)])
        log.add([attempt(2, None, Outcome.FUTURE, day=NEXT_DAY)])
        assert log.list_captures() == {}

    def test_an_empty_day_is_a_capture(self, log):
        log.add([attempt(0, b"[]", Outcome.EMPTY)])
        assert log.list_captures() == {DAY: named((0, (b"[]",)))}

    def test_pages_of_a_capture_are_one_capture(self, log):
        log.add(pages(0, A, B) + pages(20, A, C))
        assert log.list_captures() == {DAY: named((0, (A, B)), (20, (A, C)))}

    def test_pages_that_are_unchanged_are_the_same_capture(self, log):
        log.add(pages(0, A, B) + pages(20, A, B))
        assert log.list_captures() == {DAY: named((0, (A, B)))}

    def test_pages_are_told_apart_when_days_are_fetched_side_by_side(self, log):
        mixed = zip(pages(0, A, B, C), pages(0, B, C, A, day=NEXT_DAY), strict=True)
        log.add([page for both in mixed for page in both])
        assert log.list_captures() == {DAY: named((0, (A, B, C))), NEXT_DAY: named((0, (B, C, A)))}

    def test_pages_are_told_apart_when_captures_of_a_day_overlap(self, log):
        first = pages(0, A, B)
        second = [attempt(0, C, fetched_at=at(0) + dt.timedelta(milliseconds=500), captured_at=at(5))]
        log.add(first + second)
        assert log.list_captures() == {DAY: named((0, (A, B)), (5, (C,)))}

    def test_a_page_that_failed_is_added_when_it_is_there(self, log):
        log.add([attempt(0, A, Outcome.INCOMPLETE), attempt(1, None, Outcome.FAILED, page=1, captured_at=at(0))])
        log.add(pages(20, A, B))
        assert log.list_captures() == {DAY: named((0, (A,)), (20, (A, B)))}

    def test_only_the_days_that_are_asked_for_are_named(self, log):
        log.add([attempt(0, A), attempt(0, B, day=NEXT_DAY)])
        assert list(log.list_captures([NEXT_DAY, dt.date(2020, 1, 1)])) == [NEXT_DAY]
        assert list(log.list_captures([])) == []


THEIRS = Archive(name="theirs", url="https://git.example/a", path=("{date:%Y}",), format="huggingface", licence="CC0")


def committed(minute: int, body: bytes, *, archive="theirs", commit="1", **more) -> Attempt:
    """Return a capture that was committed at that minute and read an hour later, as all of its archive."""
    given: dict[str, Any] = {"fetched_at": at(60), "archive": archive, "commit": commit, "time_basis": "committed"}
    given |= {"etag": body.hex()} | more
    return attempt(minute, body, **given)


def theirs(*captures: tuple[int, tuple[bytes, ...]], archive="theirs") -> list[CaptureName]:
    return named(*captures, archive=archive, time_basis="committed")


class TestArchives:
    def test_captures_of_several_archives_stand_beside_each_other_in_the_order_of_their_times(self, log):
        log.add([attempt(10, A)])
        log.add([committed(5, B), committed(20, C)])
        log.add([committed(15, A, archive="others")])
        [first, second] = theirs((5, (B,)), (20, (C,)))
        [other] = theirs((15, (A,)), archive="others")
        assert log.list_captures() == {DAY: [first, *named((10, (A,))), other, second]}

    def test_only_what_repeats_the_one_before_of_its_own_archive_is_dropped(self, log):
        log.add([attempt(0, A), attempt(20, A)])
        log.add([committed(10, B), committed(30, B, commit="2"), committed(40, A, commit="3")])
        [own], [first, last] = named((0, (A,))), theirs((10, (B,)), (40, (A,)))
        assert log.list_captures() == {DAY: [own, first, last]}

    def test_a_capture_at_an_assumed_time_whose_bytes_were_committed_is_dropped(self, log):
        log.add([attempt(20, A, time_basis="assumed"), attempt(21, B, time_basis="assumed")])
        log.add([committed(5, A)])
        assert log.list_captures() == {DAY: theirs((5, (A,))) + named((21, (B,)), time_basis="assumed")}

    def test_one_at_a_measured_time_stays(self, log):
        log.add([attempt(20, A), committed(5, A)])
        assert log.list_captures() == {DAY: theirs((5, (A,))) + named((20, (A,)))}

    def test_commits_of_one_second_keep_the_order_of_the_history(self, log):
        bodies = [bytes([number]) for number in range(200, 240)]
        log.add([committed(5, body, commit=f"{number:x}") for number, body in enumerate(reversed(bodies))])
        assert [one.pages for one in log.list_captures()[DAY]] == [(hash_body(body),) for body in reversed(bodies)]

    def test_the_files_of_a_commit_are_pages_of_one_capture(self, log):
        of_first = [committed(5, body, page=page) for page, body in enumerate((A, B))]
        of_second = [committed(5, body, page=page, commit="2") for page, body in enumerate((C, A))]
        log.add(of_first + of_second)
        assert log.list_captures() == {DAY: theirs((5, (A, B)), (5, (C, A)))}

    def test_a_commit_that_changes_a_later_page_alone_is_a_capture_of_that_page(self, log):
        log.add([committed(5, A), committed(5, B, page=1), committed(9, C, page=1, commit="2")])
        assert log.list_captures() == {DAY: theirs((5, (A, B)), (9, (C,)))}

    def test_no_request_is_made_conditional_by_what_others_captured(self, log):
        log.add([committed(5, A)])
        assert held(log) == {}

    def test_what_is_held_of_an_archive_is_told_by_day_and_blob(self, log):
        log.add([committed(5, A, size=3), committed(9, B, size=4), committed(9, A, size=3, day=NEXT_DAY)])
        log.add([committed(5, C, size=5, archive="others"), attempt(9, C)])
        found = log.find_held_captures(THEIRS)
        assert found.captures == {(DAY, A.hex()), (DAY, B.hex()), (NEXT_DAY, A.hex())}
        assert (found.counts, found.sizes) == ({DAY: 2, NEXT_DAY: 1}, {DAY: 7, NEXT_DAY: 3})
        assert found.refused == set()

    def test_of_a_source_that_names_no_days_it_is_told_by_blob_alone(self, log):
        log.add([committed(5, A), committed(9, B, day=NEXT_DAY)])
        found = log.find_held_captures(THEIRS.model_copy(update={"format": "feed"}))
        assert found.captures == {(None, A.hex()), (None, B.hex())}
        assert found.counts == {DAY: 1, NEXT_DAY: 1}

    def test_what_was_refused_is_told_with_the_reason(self, log):
        log.add([replace(committed(5, A, reason="too large"), outcome=Outcome.FAILED, sha256=None, body=None)])
        found = log.find_held_captures(THEIRS)
        assert (found.refused, found.captures, found.counts) == ({(A.hex(), "too large")}, set(), {})

    def test_a_capture_whose_bytes_are_gone_is_not_held(self, log, raw):
        log.add([committed(5, A), committed(9, B)])
        raw.remove([hash_body(A)])
        assert log.find_held_captures(THEIRS).captures == {(DAY, B.hex())}

    def test_a_capture_that_was_read_again_is_one(self, log):
        log.add([committed(5, A)])
        log.add([committed(5, A, fetched_at=at(90))])
        assert log.list_captures() == {DAY: theirs((5, (A,)))}


class TestOlderReleases:
    NEW = ("time_basis", "archive", "commit", "path")
    VALUES = {"time_basis": "assumed", "archive": OWN, "commit": None, "path": None}  # noqa: RUF012 - never changed

    @pytest.fixture
    def older(self, log, folder) -> list[Path]:
        """The files of a log as an older release wrote it: a month's file and a batch."""
        log.add([attempt(0, A)])
        log.gather(dt.datetime(2200, 1, 1))
        log.add([attempt(20, B)])
        files = sorted(folder.glob("fetch/huggingface/*.parquet"))
        for file in files:
            write_parquet_atomically(file, scan([file]).collect().drop(self.NEW), read_metadata(file))
        return files

    def test_the_columns_that_their_files_lack_are_added_with_the_given_values(self, log, older):
        assert len(older) == 2
        log.add_columns(self.VALUES)
        assert log.read().columns == Fetch.column_names()
        assert Fetch.is_valid(log.read())
        assert log.read().select(self.NEW).rows() == [("assumed", OWN, None, None)] * 2
        assert log.list_captures() == {DAY: named((0, (A,)), (20, (B,)), time_basis="assumed")}
        assert held(log)[f"http://127.0.0.1/{DAY}"].sha256 == hash_body(B)

    def test_later_batches_join_the_file_of_their_month(self, log, older):
        log.add_columns(self.VALUES)
        log.add([committed(30, C)])
        log.gather(dt.datetime(2200, 1, 1))
        assert log.read()["archive"].to_list() == [OWN, OWN, "theirs"]
        assert older[0].exists() != older[1].exists()

    def test_a_months_file_still_names_the_batches_that_it_holds(self, log, older):
        before = [read_metadata(file) for file in older]
        log.add_columns(self.VALUES)
        assert [read_metadata(file) for file in older] == before
        assert any(GATHERED in metadata for metadata in before)

    def test_files_that_lack_nothing_are_left_alone(self, log, older):
        log.add_columns(self.VALUES)
        before = [read_bytes(file) for file in older]
        log.add_columns(self.VALUES | {"time_basis": "measured"})
        assert [read_bytes(file) for file in older] == before


class TestGathering:
    def names(self, log) -> list[str]:
        return sorted(file.name for file in log._folder.iterdir())

    def filled(self, log, batches=3) -> FetchLog:
        for minute in range(batches):
            log.add([attempt(minute, A if minute % 2 else B)])
        return log

    def month(self) -> str:
        return f"{dt.datetime.now(dt.UTC):%Y-%m}"

    def test_batches_of_a_past_month_become_one_file_that_says_the_same(self, log):
        before, captures = self.filled(log).read(), log.list_captures()
        log.gather(dt.datetime(2200, 1, 1))
        assert self.names(log) == [f"{self.month()}.parquet"]
        assert log.read().equals(before)
        assert log.list_captures() == captures

    def test_later_batches_of_the_month_join_it(self, log):
        self.filled(log).gather(dt.datetime(2200, 1, 1))
        log.add([attempt(9, C)])
        log.gather(dt.datetime(2200, 1, 1))
        assert self.names(log) == [f"{self.month()}.parquet"]
        assert log.read().height == 4

    def test_a_month_that_goes_on_is_left_alone_until_it_has_many(self, log, monkeypatch):
        self.filled(log).gather(dt.datetime.now(dt.UTC))
        assert len(self.names(log)) == 3
        monkeypatch.setattr("dagster_project.lake.fetch_log.MANY", 3)
        log.gather(dt.datetime.now(dt.UTC))
        assert self.names(log) == [f"{self.month()}.parquet"]

    def test_what_a_killed_run_left_behind_is_not_counted_twice(self, log, monkeypatch):
        before = self.filled(log).read()
        monkeypatch.setattr("dagster_project.lake.fetch_log._remove_files", lambda _: None)
        log.gather(dt.datetime(2200, 1, 1))
        monkeypatch.undo()
        assert len(self.names(log)) == 4
        log.finish_gathering()
        assert log.read().equals(before)

    def test_an_empty_log_has_nothing_to_gather(self, log, folder):
        log.gather(dt.datetime(2200, 1, 1))
        assert list(folder.glob("**/*")) == []
