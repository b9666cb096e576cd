"""The Markdown digests: one file a day, at an address made from a template.

A digest of day D is written at about 23:00 UTC of D, which is when its votes were counted.
"""

import datetime as dt
import re

from dagster_project.clock import Clock
from dagster_project.config import Settings
from dagster_project.sources.ask import Question, Verdict, ask
from dagster_project.sources.attempt import Attempt, HeldByUrl, Outcome
from dagster_project.sources.client import Client

FIRST_DAY = dt.date(2023, 11, 20)
WRITTEN_AT = dt.time(23, 0)
PAPER_HEAD = re.compile(rb"^[ \t]*###(?!#)", re.MULTILINE)


def judge(body: bytes, content_type: str = "") -> Verdict:
    """Say whether `body` can be a digest at all; what stands in it is the parser's to say."""
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return Verdict(Outcome.FAILED, reason="the answer is empty")
    if start.startswith((b"<!doctype html", b"<html")) or "text/html" in content_type.lower():
        return Verdict(Outcome.FAILED, reason="an HTML page, not a Markdown digest")
    if not body.startswith(b"#") and b"\n#" not in body:
        return Verdict(Outcome.FAILED, reason="no heading: not a Markdown digest")
    return Verdict(Outcome.FETCHED, len(PAPER_HEAD.findall(body)))


def judge_index(body: bytes, _content_type: str = "") -> Verdict:
    """Say whether `body` can be the archive's index."""
    if body.removeprefix(b"\xef\xbb\xbf").startswith(b"date,"):
        return Verdict(Outcome.FETCHED)
    return Verdict(Outcome.FAILED, reason="not the index: a CSV that begins with `date,` was due")


async def capture_index(client: Client, url: str, held: HeldByUrl, clock: Clock) -> Attempt:
    """Fetch the archive's index, which is kept under the archive's first day."""
    return await ask(client, Question(source="digest", day=FIRST_DAY, url=url, judge=judge_index), held, clock)


async def capture(client: Client, settings: Settings, day: dt.date, held: HeldByUrl, clock: Clock) -> list[Attempt]:
    """Fetch the digest of `day`; always one attempt."""
    question = Question(
        source="digest",
        day=day,
        url=settings.digest_url.format(date=day),
        judge=judge,
        captured_at=dt.datetime.combine(day, WRITTEN_AT),
    )
    return [await ask(client, question, held, clock)]
