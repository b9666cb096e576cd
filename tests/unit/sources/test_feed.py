"""Feeds: what of the files that archives hold is one."""

import datetime as dt

import pytest

from dagster_project.sources.ask import Verdict
from dagster_project.sources.attempt import Outcome
from dagster_project.sources.feed import judge_stored

DAY = dt.date(2025, 1, 2)
ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom">%s</feed>'


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b"<rss><channel><item/><item/></channel></rss>", Verdict(Outcome.FETCHED, 2)),
        (ATOM % b"<entry/>", Verdict(Outcome.FETCHED, 1)),
        (b"<rss><channel><title>Daily Papers</title></channel></rss>", Verdict(Outcome.EMPTY, 0)),
        (ATOM % b"", Verdict(Outcome.EMPTY, 0)),
    ],
)
def test_a_feed_is_judged_by_the_number_of_its_items(body, verdict):
    assert judge_stored(DAY, body) == verdict


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not XML in UTF-8: "),
        (b"404: Not Found", "not XML in UTF-8: "),
        (b"<rss><channel><item/>", "not XML in UTF-8: "),
        (b"<html></html>", "an HTML page, where a feed was due"),
        (b"<!DOCTYPE rss><rss/>", "XML with a document type, where a feed has none"),
        (b"<opml/>", "XML, but not a feed: opml"),
    ],
)
def test_what_is_no_feed_failed_and_says_what_it_is(body, reason):
    verdict = judge_stored(DAY, body)
    assert (verdict.outcome, verdict.items) == (Outcome.FAILED, None)
    assert (verdict.reason or "").startswith(reason)
