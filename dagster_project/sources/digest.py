"""The Markdown digests: one file a day, at an address made from a template.

A digest of day D is written at about 23:00 UTC of D, which is when its votes were counted.
"""

import datetime as dt

from dagster_project.config import Settings
from dagster_project.sources.ask import Clock, Question, Verdict, ask
from dagster_project.sources.attempt import Attempt, HeldByUrl, Outcome
from dagster_project.sources.client import Client

FIRST_DAY = dt.date(2023, 11, 20)
WRITTEN_AT = dt.time(23, 0)


def judge(body: bytes, content_type: str = "") -> Verdict:
    """Say whether `body` can be a digest at all; what stands in it is the parser's to say."""
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return Verdict(Outcome.FAILED, reason="the answer is empty")
    if start.startswith((b"<!doctype html", b"<html")) or "text/html" in content_type.lower():
        return Verdict(Outcome.FAILED, reason="an HTML page, not a Markdown digest")
    if not body.startswith(b"#") and b"\n#" not in body:
        return Verdict(Outcome.FAILED, reason="no heading: not a Markdown digest")
    return Verdict(Outcome.FETCHED)


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
