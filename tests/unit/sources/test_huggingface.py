"""The API: pages to the end, a day that was cut is incomplete; and captures that somebody kept."""

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from itertools import repeat

import pytest

from dagster_project.sources import huggingface
from dagster_project.sources.attempt import Attempt, Held, Outcome
from dagster_project.sources.client import Client
from dagster_project.sources.huggingface import MAX_PAGES, judge
from dagster_project.sources.registry import SOURCES
from tests.loopback import Answer

HIDDEN = "hf_hidden"
DAY = dt.date(2024, 1, 25)
NOON = dt.datetime(2024, 1, 26, 12)


def papers(count: int, votes: int = 0) -> list[object]:
    return [{"paper": {"id": f"2401.{number:05}", "upvotes": votes}} for number in range(count)]


@pytest.fixture
def capture(settings_for):
    """Fetch the day, holding `held`."""

    def capture(held: Mapping[str, Held] | None = None, **given) -> list[Attempt]:
        settings = settings_for(attempts=1, **given)
        ticks = iter(NOON + dt.timedelta(seconds=second) for second in range(10_000))

        async def run() -> list[Attempt]:
            async with Client(settings) as client:
                source = SOURCES["huggingface"]
                return await huggingface.capture(client, settings, source, DAY, held or {}, lambda: next(ticks))

        return asyncio.run(run())

    return capture


def held_from(attempts: list[Attempt]) -> dict[str, Held]:
    return {
        one.url: Held(one.url, one.sha256, one.etag, one.last_modified, one.items) for one in attempts if one.sha256
    }


def outcomes(attempts: list[Attempt]) -> list[str]:
    return [str(attempt.outcome) for attempt in attempts]


class TestPages:
    def test_a_short_day_is_one_page(self, web, capture):
        web.serve_papers(DAY, papers(12))
        [attempt] = capture()
        assert (attempt.outcome, attempt.items) == (Outcome.FETCHED, 12)
        assert web.paths == ["/api/daily_papers?date=2024-01-25&limit=100&p=0"]

    @pytest.mark.parametrize(
        ("count", "pages"),
        [
            (49, [49]),
            (50, [50, 0]),
            (51, [51]),
            (99, [99]),
            (100, [100, 0]),
            (150, [100, 50, 0]),
            (230, [100, 100, 30]),
        ],
    )
    def test_a_day_is_read_to_its_end(self, web, capture, count, pages):
        web.serve_papers(DAY, papers(count))
        attempts = capture()
        assert [attempt.items for attempt in attempts] == pages
        assert attempts[0].outcome is Outcome.FETCHED
        assert [paper for attempt in attempts for paper in json.loads(attempt.body)] == papers(count)

    def test_a_server_that_gives_fifty_at_most_is_read_to_the_end(self, web, capture):
        web.max_limit = 50
        web.serve_papers(DAY, papers(120))
        attempts = capture()
        assert [attempt.items for attempt in attempts] == [50, 50, 20]
        assert attempts[0].outcome is Outcome.FETCHED

    def test_pages_of_one_capture_share_its_time(self, web, capture):
        web.serve_papers(DAY, papers(120))
        first, second = capture()
        assert first.captured_at == second.captured_at
        assert first.fetched_at < second.fetched_at
        assert (first.page, second.page) == (0, 1)

    @pytest.mark.parametrize("count", [50, 100])
    def test_a_server_that_knows_no_pages_leaves_the_day_incomplete(self, web, capture, count):
        web.max_limit = count
        web.ignores_page = True
        web.serve_papers(DAY, papers(count + 20))
        attempts = capture()
        assert outcomes(attempts) == ["incomplete", "failed"]
        assert attempts[0].reason == f"{count} papers, then cut: page 1: the same papers as the page before"

    def test_a_page_that_fails_leaves_the_day_incomplete(self, web, capture):
        web.serve_papers(DAY, papers(150))
        web.play("p=1", repeat(Answer(500)))
        attempts = capture()
        assert outcomes(attempts) == ["incomplete", "failed"]
        assert attempts[0].items == 100
        assert attempts[0].reason == "100 papers, then cut: page 1: HTTP 500 Internal Server Error"

    def test_a_first_page_that_fails_is_a_failed_day(self, web, capture):
        web.play("p=0", repeat(Answer(500)))
        assert outcomes(capture()) == ["failed"]

    def test_pages_without_end_are_given_up(self, web, capture):
        web.serve_papers(DAY, papers(100 * MAX_PAGES + 1))
        attempts = capture()
        assert len(attempts) == MAX_PAGES
        assert attempts[0].outcome is Outcome.INCOMPLETE

    def test_an_unchanged_day_moves_no_bodies(self, web, capture):
        web.serve_papers(DAY, papers(150))
        held = held_from(capture())
        web.forget()
        assert outcomes(capture(held)) == ["unchanged", "unchanged", "unchanged"]
        assert web.sent == 0

    def test_votes_that_moved_are_news(self, web, capture):
        web.serve_papers(DAY, papers(3, votes=1), papers(3, votes=2))
        held = held_from(capture())
        web.turn = 1
        assert outcomes(capture(held)) == ["fetched"]

    def test_an_address_may_bring_its_own_query(self, web, capture):
        capture(huggingface_url=web.huggingface_url + "?lang=en")
        assert web.paths == ["/api/daily_papers?lang=en&date=2024-01-25&limit=100&p=0"]


class TestDays:
    def test_an_empty_list_is_an_empty_day(self, capture):
        [attempt] = capture()
        assert (attempt.outcome, attempt.items, attempt.body) == (Outcome.EMPTY, 0, b"[]")

    def test_404_is_no_empty_day(self, web, capture):
        web.play("date=2024-01-25", [Answer(404)])
        [attempt] = capture()
        assert (attempt.outcome, attempt.reason) == (Outcome.FAILED, "HTTP 404: no answer for that day")

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "the answer is empty"),
            (b" \n", "the answer is empty"),
            (b"<!doctype html>", "an HTML page, where a JSON list of papers was due"),
            (b'[{"paper": ', "not JSON, where a JSON list of papers was due"),
            (b"\xff\xfe\x00", "not JSON, where a JSON list of papers was due"),
            (b"[" * 100_000, "not JSON, where a JSON list of papers was due"),
            (b"2", "JSON, but not a list of papers: int"),
            (b"true", "JSON, but not a list of papers: bool"),
            (b'{"error": "date"}', "JSON, but not a list of papers: dict"),
            (b"null", "JSON, but not a list of papers: NoneType"),
        ],
        ids=["empty", "blank", "HTML", "torn", "binary", "nested", "another number", "true", "object", "null"],
    )
    def test_anything_but_a_list_is_a_failed_day(self, body, reason):
        assert judge(DAY, body) == (Outcome.FAILED, None, reason)

    @pytest.mark.parametrize("body", [b"[]", b"1", b" 1\n", b"\xef\xbb\xbf[]"])
    def test_an_archives_sign_for_nothing_is_an_empty_day(self, body):
        assert judge(DAY, body) == (Outcome.EMPTY, 0, None)

    def test_a_number_of_more_digits_than_python_reads_costs_no_day(self):
        assert judge(DAY, b"[" + b"9" * 10_000 + b"]") == (Outcome.FETCHED, 1, None)

    def test_items_that_python_printed_are_judged_as_the_items(self):
        def judge_printed(*items: object) -> tuple[Outcome, int | None, str | None]:
            return judge(DAY, json.dumps([repr(item) for item in items]).encode())

        another = {"paper": {"id": "2401.00001", "submittedOnDailyAt": "2024-01-26T00:00:00.000Z"}}
        assert judge_printed(*papers(3)) == (Outcome.FETCHED, 3, None)
        assert judge_printed({"hype": 1}) == (Outcome.FETCHED, 1, "fields never seen before: hype")
        assert judge_printed(another) == (Outcome.FAILED, None, "the answer is of 2024-01-26, not of 2024-01-25")

    def test_the_token_goes_to_no_other_host(self, web, capture):
        capture(hf_token=HIDDEN)
        assert "authorization" not in web.asked[0].headers

    @pytest.mark.parametrize("token", [None, HIDDEN])
    def test_a_host_that_wants_a_token_is_said_to(self, web, capture, token):
        web.play("p=0", repeat(Answer(401)))
        [attempt] = capture(hf_token=token)
        assert attempt.reason.startswith("HTTP 401: 127.0.0.1 wants a token")
        assert ("HF_TOKEN is sent to https://huggingface.co alone" in attempt.reason) is (token is not None)

    def test_the_token_does_not_follow_a_redirect(self, web, capture):
        web.play("p=0", [Answer(302, headers={"Location": web.url.replace("127.0.0.1", "localhost")})])
        [attempt] = capture(hf_token=HIDDEN)
        assert len(web.asked) == 1
        assert HIDDEN not in repr(attempt)


class TestAnotherDay:
    """An answer says whose list it is, and is held against the day that was asked for."""

    @staticmethod
    def listed(*days: str | None) -> list[object]:
        return [
            {"paper": {"id": f"2401.{number:05}"} | ({"submittedOnDailyAt": day} if day else {})}
            for number, day in enumerate(days)
        ]

    @pytest.mark.parametrize(
        "days",
        [
            ["2024-01-26T00:00:00.000Z"] * 3,
            ["2024-01-26T00:00:00.000Z"] * 2 + ["2024-01-25T00:00:00.000Z"],
            ["2024-01-26T00:00:00.000Z", None],
            ["2024-01-26T03:00:00+02:00"],
        ],
        ids=["all", "most", "the only one that says", "by UTC"],
    )
    def test_one_of_another_day_is_a_failed_day_and_kept(self, web, capture, days):
        web.serve_papers(DAY, self.listed(*days))
        [attempt] = capture()
        assert (attempt.outcome, attempt.reason) == (
            Outcome.FAILED,
            "the answer is of 2024-01-26, not of 2024-01-25",
        )
        assert json.loads(attempt.body) == self.listed(*days)

    @pytest.mark.parametrize(
        "days",
        [
            ["2024-01-25T00:00:00.000Z"] * 2,
            ["2024-01-25T23:59:59.999Z", "2024-01-26T00:00:00.000Z"],
            ["2024-01-26T01:00:00+02:00"],
            [None, None],
            ["soon", "99999-01-01", ""],
        ],
        ids=["all", "as many", "by UTC", "none says", "none says a day"],
    )
    def test_any_other_is_of_the_day(self, web, capture, days):
        web.serve_papers(DAY, self.listed(*days))
        [attempt] = capture()
        assert (attempt.outcome, attempt.items) == (Outcome.FETCHED, len(days))


class TestStoredCaptures:
    @pytest.fixture
    def stored(self, tmp_path, capture):
        """Keep payloads under the day's folder, by file name, and fetch them."""

        def stored(held=None, **payloads: object) -> list[Attempt]:
            folder = tmp_path / "api" / str(DAY)
            folder.mkdir(parents=True, exist_ok=True)
            for name, payload in payloads.items():
                (folder / f"{name}.json").write_text(json.dumps(payload))
            return capture(held, huggingface_url=(tmp_path / "api").as_uri())

        return stored

    def test_captures_are_read_oldest_first_by_the_time_in_their_name(self, stored):
        names = {"2024-01-25T152012Z": papers(5, votes=2), "2024-01-25T150000Z": papers(5, votes=1)}
        attempts = stored(**names)
        assert outcomes(attempts) == ["fetched", "fetched"]
        assert [attempt.captured_at.time() for attempt in attempts] == [dt.time(15), dt.time(15, 20, 12)]

    def test_a_day_without_captures_is_missing(self, stored):
        assert outcomes(stored()) == ["missing"]

    def test_an_empty_capture_is_an_empty_day(self, stored):
        assert outcomes(stored(**{"2024-01-25T150000Z": []})) == ["empty"]

    @pytest.mark.parametrize("count", [50, 100])
    def test_one_as_long_as_a_page_is_incomplete(self, stored, count):
        [attempt] = stored(**{"2024-01-25T150000Z": papers(count)})
        assert attempt.outcome is Outcome.INCOMPLETE
        assert attempt.reason == f"{count} papers, then cut: stored without its further pages"

    def test_a_name_that_is_no_time_is_a_failure_and_the_others_are_read(self, stored):
        bad, good = stored(**{"2024-01-25": papers(5), "2024-01-25T150000Z": papers(5)})
        assert (bad.outcome, bad.reason) == (
            Outcome.FAILED,
            "the file's name is not a capture's time: 2024-01-25.json",
        )
        assert good.outcome is Outcome.FETCHED

    def test_what_was_read_before_is_not_read_again(self, stored):
        held = held_from(stored(**{"2024-01-25T150000Z": papers(5)}))
        [attempt] = stored(held)
        assert (attempt.outcome, attempt.status) == (Outcome.UNCHANGED, 304)
