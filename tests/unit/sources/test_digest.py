"""Digests: what is one, and what a day without one is."""

import asyncio
import datetime as dt

import pytest

from dagster_project.clock import utc_now
from dagster_project.sources import digest
from dagster_project.sources.attempt import Attempt, Outcome
from dagster_project.sources.client import Client
from dagster_project.sources.registry import SOURCES
from tests.loopback import Answer

HIDDEN = "hf_hidden"
DAY = dt.date(2024, 1, 25)
DIGEST = b"# Daily Papers\n## [A title](https://arxiv.org/abs/2401.12345)\n"


@pytest.fixture
def capture(settings_for):
    """Fetch the day's digest."""

    def capture(**given) -> Attempt:
        settings = settings_for(attempts=1, **given)

        async def run() -> list[Attempt]:
            async with Client(settings) as client:
                return await digest.capture(client, settings, SOURCES["digest"], DAY, {}, utc_now)

        [attempt] = asyncio.run(run())
        return attempt

    return capture


def test_a_digest_lies_at_the_days_address(web, capture, tmp_path):
    (tmp_path / "2024/01").mkdir(parents=True)
    (tmp_path / "2024/01/25.md").write_bytes(DIGEST)
    web.serve_digests(tmp_path)
    attempt = capture()
    assert (attempt.outcome, attempt.body) == (Outcome.FETCHED, DIGEST)
    assert web.paths == ["/2024/01/25.md"]


def test_its_votes_were_counted_late_on_its_day(web, capture):
    web.play("/", [Answer(body=DIGEST)])
    assert capture().captured_at == dt.datetime(2024, 1, 25, 23)


def test_404_is_a_missing_day(capture):
    attempt = capture()
    assert (attempt.outcome, attempt.status, attempt.body) == (Outcome.MISSING, 404, None)


def test_the_token_is_not_for_this_host(web, capture):
    capture(hf_token=HIDDEN)
    assert HIDDEN not in str(web.asked)


def test_a_checkout_of_the_archive_will_do(web, capture, tmp_path):
    (tmp_path / "25.md").write_bytes(DIGEST)
    attempt = capture(digest_url=tmp_path.as_uri() + "/{date:%d}.md?of={date}")
    assert (attempt.outcome, attempt.body) == (Outcome.FETCHED, DIGEST)
    assert web.asked == []


@pytest.mark.parametrize(
    "body",
    [
        DIGEST,
        b"\xef\xbb\xbf" + DIGEST,
        b"\r\n\r\n" + DIGEST.replace(b"\n", b"\r\n"),
        DIGEST + b"\xff\xfe",
        DIGEST[:40],
        b"text first\n" + DIGEST,
    ],
    ids=["plain", "byte order mark", "CRLF", "invalid UTF-8", "truncated", "text first"],
)
def test_what_may_be_a_digest_is_left_to_the_parser(body):
    assert digest.judge(body).outcome is Outcome.FETCHED


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "", "the answer is empty"),
        (b"\xef\xbb\xbf \r\n\t\n", "", "the answer is empty"),
        (b"<!DOCTYPE html><title>Oops</title>", "", "an HTML page, not a Markdown digest"),
        (b"\n <HTML>\n# Oops", "", "an HTML page, not a Markdown digest"),
        (DIGEST, "text/HTML; charset=utf-8", "an HTML page, not a Markdown digest"),
        (b'{"error": "gone"}', "", "no heading: not a Markdown digest"),
        (b"\x1f\x8b\x08\x00", "", "no heading: not a Markdown digest"),
    ],
    ids=["empty", "blank", "HTML", "HTML with a heading", "HTML by its type", "JSON", "binary"],
)
def test_what_cannot_be_a_digest_is_a_failed_day(body, content_type, reason):
    assert digest.judge(body, content_type) == (Outcome.FAILED, None, reason)


def test_an_html_page_with_status_200_is_a_failed_day(web, capture):
    web.play("/", [Answer(body=b"<html>Oops</html>", headers={"Content-Type": "text/html"})])
    attempt = capture()
    assert (attempt.outcome, attempt.status) == (Outcome.FAILED, 200)


class TestIndex:
    def test_the_public_one_is_asked_only_where_the_digests_are(self, settings_for):
        public = digest.URL.default.partition("{")[0] + "papers_list.csv"
        assert digest.find_index_url(settings_for(digest_url=None)) == public
        assert digest.find_index_url(settings_for(digest_url=digest.URL.default)) == public
        assert digest.find_index_url(settings_for()) is None

    @pytest.mark.parametrize("digest_url", [None, "http://127.0.0.1:9/{date:%Y/%m/%d}.md"])
    def test_one_that_is_named_is_asked_wherever_the_digests_are(self, settings_for, digest_url):
        settings = settings_for(digest_url=digest_url, digest_index_url="http://127.0.0.1:9/i.csv")
        assert digest.find_index_url(settings) == "http://127.0.0.1:9/i.csv"

    @pytest.mark.parametrize("body", [b"date,title,url\n", b"\xef\xbb\xbfdate,title,url\n2024-01-02,A,B\n"])
    def test_a_table_that_begins_with_a_date_is_one(self, body):
        assert digest.judge_index(body).outcome is Outcome.FETCHED

    @pytest.mark.parametrize("body", [b"", b"<html>", b"title,url\n", b"# Daily Papers\n"])
    def test_anything_else_is_a_failure(self, body):
        assert digest.judge_index(body) == (
            Outcome.FAILED,
            None,
            "not the index: a CSV that begins with `date,` was due",
        )
