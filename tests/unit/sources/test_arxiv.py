"""Asking arXiv for papers: a hundred at once, one request after the other, at arXiv's pace, and each outcome."""

import asyncio
import datetime as dt
import json
from dataclasses import replace

import pytest

from dagster_project.sources import arxiv
from dagster_project.sources.attempt import Held, Outcome
from dagster_project.sources.fetch import fetch_papers
from dagster_project.sources.registry import SOURCES
from tests.loopback import Answer

NOW = dt.datetime(2025, 6, 1, 12)
PAPERS = [f"2501.{number:05}" for number in range(1, 251)]
SOURCE = SOURCES["arxiv"]
QUICK = replace(SOURCE, descriptions=replace(SOURCE.descriptions, pause=0.001))


def an_entry(paper):
    return f"<entry><id>http://arxiv.org/abs/{paper}v1</id><title>Title of {paper}</title></entry>"


@pytest.fixture
def describe(settings_for, web):
    """Ask for papers; return the attempts."""
    web.serve_descriptions({paper: an_entry(paper) for paper in PAPERS})

    def describe(papers, held=None, source=QUICK, **given):
        async def run():
            asked = fetch_papers(source, papers, settings_for(**given), held or {}, lambda: NOW)
            return [attempt async for attempt in asked]

        return asyncio.run(run())

    return describe


def test_a_request_asks_for_a_hundred_papers_at_most_and_one_runs_at_a_time(describe, web):
    attempts = describe(PAPERS, concurrency=8, requests_per_second=1000)
    assert [arxiv.list_asked(attempt.url) for attempt in attempts] == [PAPERS[:100], PAPERS[100:200], PAPERS[200:]]
    assert [(attempt.outcome, attempt.items) for attempt in attempts] == [
        (Outcome.FETCHED, 100),
        (Outcome.FETCHED, 100),
        (Outcome.FETCHED, 50),
    ]
    assert {(attempt.date, attempt.captured_at) for attempt in attempts} == {(NOW.date(), NOW)}
    assert web.most_at_once == 1


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time is that of its waiting alone, none of which passes."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        select = self._selector.select

        def pass_at_once(seconds=None):
            found = select(0.1)  # an answer that is on its way comes first
            if not found and seconds is not None:
                self.now += seconds
            return found

        self._selector.select = pass_at_once

    def time(self):
        return self.now


def test_requests_are_three_seconds_apart_whatever_the_settings_allow(settings_for, web):
    web.serve_descriptions({})

    async def run():
        settings = settings_for(concurrency=8, requests_per_second=1000)
        attempts = [one async for one in fetch_papers(SOURCE, PAPERS, settings, {}, lambda: NOW)]
        return len(attempts), asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=Clock) as runner:
        requests, passed = runner.run(run())
    assert requests == 3
    assert passed >= 6


def test_papers_that_arxiv_does_not_know_are_named(describe):
    [attempt] = describe([PAPERS[0], "2502.00001", "hep-th/9901001"])
    assert (attempt.outcome, attempt.items) == (Outcome.FETCHED, 1)
    assert attempt.reason == "arXiv does not know 2502.00001, hep-th/9901001"
    [attempt] = describe(["2502.00001"])
    assert (attempt.outcome, attempt.reason) == (Outcome.EMPTY, "arXiv does not know 2502.00001")


def test_an_id_that_arxiv_refuses_costs_no_other_paper(describe):
    attempts = describe([*PAPERS[:3], "9999.00001"])
    ended = [(arxiv.list_asked(attempt.url), attempt.outcome) for attempt in attempts]
    assert ended == [
        ([*PAPERS[:3], "9999.00001"], Outcome.FAILED),
        (PAPERS[:2], Outcome.FETCHED),
        ([PAPERS[2], "9999.00001"], Outcome.FAILED),
        ([PAPERS[2]], Outcome.FETCHED),
        (["9999.00001"], Outcome.MISSING),
    ]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(body=b"<html></html>"), "an HTML page, where a feed was due"),
        (
            Answer(body=f'<feed xmlns="http://www.w3.org/2005/Atom">{an_entry("2502.00009")}</feed>'.encode()),
            "the answer describes 2502.00009, which nobody asked for",
        ),
        (Answer(404), "HTTP 404: no answer for that day"),
    ],
    ids=["a page", "another paper", "a wrong address"],
)
def test_what_is_no_answer_to_the_question_fails(describe, web, answer, reason):
    web.play("id_list", [answer])
    [attempt] = describe(PAPERS[:1])
    assert (attempt.outcome, attempt.reason) == (Outcome.FAILED, reason)


def test_a_busy_host_is_asked_again_after_its_wait(describe, web):
    web.play("id_list", [Answer(503, headers={"Retry-After": "0"}), Answer(429, headers={"Retry-After": "0"})])
    [attempt] = describe(PAPERS[:1])
    assert (attempt.outcome, [one.status for one in web.asked]) == (Outcome.FETCHED, [503, 429, 200])


def test_a_stored_answer_is_of_the_time_at_which_it_was_written(describe, tmp_path):
    file = tmp_path / "answer.xml"
    file.write_text(
        f'<feed xmlns="http://www.w3.org/2005/Atom"><updated>2025-03-01T10:00:00Z</updated>{an_entry("2501.00001")}</feed>'
    )
    [attempt] = describe(["2501.00001"], arxiv_url=file.as_uri())
    assert (attempt.outcome, attempt.date) == (Outcome.FETCHED, dt.date(2025, 3, 1))
    assert attempt.captured_at == dt.datetime(2025, 3, 1, 10)
    held = {attempt.url: Held(attempt.url, attempt.sha256, attempt.etag, attempt.last_modified)}
    [again] = describe(["2501.00001"], held, arxiv_url=file.as_uri())
    assert (again.outcome, again.captured_at) == (Outcome.UNCHANGED, attempt.captured_at)


def a_line(paper, day="2025-05-20"):
    versions = [{"version": "v1", "created": "Mon, 6 Jan 2025 10:00:00 GMT"}]
    said = {"id": paper, "title": f"Title of {paper}", "categories": "cs.CL", "versions": versions, "update_date": day}
    return json.dumps(said)


def test_of_the_snapshot_the_lines_of_the_papers_are_read_a_hundred_to_an_answer_and_nobody_is_asked(
    describe, tmp_path, web
):
    file = tmp_path / "arxiv metadata.json"
    others = [f"0704.{number:04}" for number in range(1, 500)]
    lines = [a_line(paper, "2025-05-21" if paper == "0704.0007" else "2025-05-20") for paper in others + PAPERS]
    file.write_text("\n".join(["", *lines, "no JSON", a_line("hep-th/9901001").replace("/", r"\/")]))
    attempts = describe([*PAPERS, "hep-th/9901001", "2502.00001"], arxiv_url=file.as_uri())
    assert [arxiv.list_asked(attempt.url) for attempt in attempts] == [
        PAPERS[:100],
        PAPERS[100:200],
        [*PAPERS[200:], "hep-th/9901001"],
    ]
    assert [(attempt.outcome, attempt.items, attempt.page) for attempt in attempts] == [
        (Outcome.FETCHED, 100, 0),
        (Outcome.FETCHED, 100, 1),
        (Outcome.FETCHED, 51, 2),
    ]
    assert {attempt.captured_at for attempt in attempts} == {dt.datetime(2025, 5, 21)}  # the newest change
    assert attempts[0].body.splitlines() == [a_line(paper).encode() for paper in PAPERS[:100]]
    assert not web.asked


def test_a_snapshot_without_the_papers_gives_no_answer_and_what_is_too_long_is_passed_over(describe, tmp_path):
    file = tmp_path / "snapshot.json"
    file.write_text(a_line("0704.0001"))
    assert describe(PAPERS[:2], arxiv_url=file.as_uri()) == []
    long = a_line(PAPERS[0]).replace("Title", "T" * 2_000_000)
    file.write_text("\n".join([a_line("0704.0001"), long, a_line(PAPERS[1])]))
    [attempt] = describe(PAPERS[:2], arxiv_url=file.as_uri(), max_bytes=1_000_000)
    assert arxiv.list_asked(attempt.url) == [PAPERS[1]]


def test_a_snapshot_from_the_future_is_of_now(describe, tmp_path):
    file = tmp_path / "snapshot.json"
    file.write_text(a_line(PAPERS[0], "2099-01-01"))
    [attempt] = describe(PAPERS[:1], arxiv_url=file.as_uri())
    assert attempt.captured_at == NOW
