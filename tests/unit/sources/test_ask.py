"""One question, from what is asked to the attempt that the log keeps."""

import asyncio
import datetime as dt
from itertools import repeat

import pytest

from dagster_project.sources.ask import Question, Verdict, ask
from dagster_project.sources.attempt import Attempt, Held, Outcome, hash_body
from dagster_project.sources.client import Client
from tests.loopback import Answer

DAY = dt.date(2024, 1, 25)
NOON = dt.datetime(2024, 1, 26, 12)
BODY = b"# Daily Papers"


@pytest.fixture
def attempt(web, settings_for):
    """Ask the server for `/day`, holding `held`; any verdict is that the body is a day of seven papers."""

    def attempt(*held: Held, **question) -> Attempt:
        given = {
            "source": "digest",
            "day": DAY,
            "url": web.url + "/day",
            "judge": lambda *_: Verdict(Outcome.FETCHED, 7),
        }

        async def run() -> Attempt:
            async with Client(settings_for(attempts=1)) as client:
                by_url = {one.url: one for one in held}
                return await ask(client, Question(**given | question), by_url, lambda: NOON)

        return asyncio.run(run())

    return attempt


@pytest.fixture
def held(web):
    """An answer for `/day` that is kept already."""
    return Held(web.url + "/day", hash_body(BODY), '"old"', "Mon, 01 Jan 2024 00:00:00 GMT", 7)


def test_a_new_answer_is_kept_with_all_that_names_it(web, attempt):
    validators = {"ETag": '"new"', "Last-Modified": "Fri, 26 Jan 2024 00:00:00 GMT"}
    web.play("/day", [Answer(body=BODY, headers=validators)])
    assert attempt() == Attempt(
        source="digest",
        date=DAY,
        url=web.url + "/day",
        fetched_at=NOON,
        captured_at=NOON,
        status=200,
        etag='"new"',
        last_modified="Fri, 26 Jan 2024 00:00:00 GMT",
        sha256=hash_body(BODY),
        size=len(BODY),
        items=7,
        outcome=Outcome.FETCHED,
    )


def test_a_question_may_know_when_its_votes_were_counted(web, attempt):
    web.play("/day", [Answer(body=BODY)])
    counted = dt.datetime(2024, 1, 25, 23)
    asked = attempt(captured_at=counted)
    assert (asked.fetched_at, asked.captured_at) == (NOON, counted)


def test_304_is_the_answer_that_is_held(web, attempt, held):
    web.play("/day", [Answer(304)])
    asked = attempt(held)
    assert asked.outcome is Outcome.UNCHANGED
    assert (asked.sha256, asked.items, asked.etag) == (held.sha256, held.items, held.etag)
    assert (asked.size, asked.body) == (None, None)


def test_the_same_bytes_again_are_unchanged(web, attempt, held):
    web.play("/day", [Answer(body=BODY)])
    assert attempt(held).outcome is Outcome.UNCHANGED


def test_other_bytes_are_news(web, attempt, held):
    web.play("/day", [Answer(body=BODY + b", once more")])
    assert attempt(held).outcome is Outcome.FETCHED


def test_another_addresss_answer_is_not_held(web, attempt, held):
    web.play("/day", [Answer(body=BODY)])
    assert attempt(Held("http://else", *[held.sha256, held.etag, None])).outcome is Outcome.FETCHED
    assert "if-none-match" not in web.asked[0].headers


def test_304_that_nobody_asked_for_is_a_failure(web, attempt):
    web.play("/day", [Answer(304)])
    asked = attempt()
    assert (asked.outcome, asked.sha256) == (Outcome.FAILED, None)


def test_404_is_missing_where_the_source_says_so(attempt):
    assert attempt().outcome is Outcome.MISSING
    asked = attempt(missing=frozenset())
    assert (asked.outcome, asked.reason) == (Outcome.FAILED, "HTTP 404: no answer for that day")


@pytest.mark.parametrize("status", [201, 204, 206, 400, 401, 403, 410, 501])
def test_no_other_status_is_an_answer(web, attempt, status):
    web.play("/day", [Answer(status)])
    asked = attempt()
    assert (asked.outcome, asked.status) == (Outcome.FAILED, status)
    assert str(status) in asked.reason


def test_a_failure_keeps_its_status_and_reason(web, attempt):
    web.play("/day", repeat(Answer(503)))
    asked = attempt()
    assert (asked.outcome, asked.status, asked.reason) == (Outcome.FAILED, 503, "HTTP 503 Service Unavailable")


def test_a_body_that_is_refused_is_kept_all_the_same(web, attempt, held):
    web.play("/day", [Answer(body=BODY)])
    asked = attempt(held, judge=lambda *_: Verdict(Outcome.FAILED, reason="no digest"))
    assert (asked.outcome, asked.reason) == (Outcome.FAILED, "no digest")
    assert (asked.sha256, asked.body) == (hash_body(BODY), BODY)


def test_the_judge_sees_the_body_and_its_type(web, attempt):
    seen = []
    web.play("/day", [Answer(body=BODY, headers={"Content-Type": "text/markdown"})])
    attempt(judge=lambda *given: seen.append(given) or Verdict(Outcome.FETCHED))
    assert seen == [(BODY, "text/markdown")]


def test_what_is_secret_in_an_address_is_used_and_not_kept(web, attempt):
    secret = web.url.replace("//", "//me:word@") + "/day?token=hidden"
    shown = web.url + "/day?token=***"
    web.play("/day", [Answer(body=BODY, headers={"ETag": '"new"'}), Answer(304)])
    first = attempt(url=secret)
    assert (first.url, first.outcome) == (shown, Outcome.FETCHED)
    again = attempt(Held(shown, first.sha256, first.etag, None), url=secret)
    assert (again.url, again.outcome) == (shown, Outcome.UNCHANGED)
    assert web.asked[1].headers["if-none-match"] == '"new"'
    assert web.paths == ["/day?token=hidden"] * 2
