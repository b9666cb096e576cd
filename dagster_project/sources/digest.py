"""Fetches the Markdown digests: one file a day, at an address made from a template.

A digest is written at about 23:00 UTC of its day, and its votes are counted then. Its format belongs in `parse.digest`.
"""

import datetime as dt

from dagster_project.clock import Clock
from dagster_project.config import Settings
from dagster_project.parse.blocks import count_heads
from dagster_project.sources.ask import Question, Verdict, ask
from dagster_project.sources.attempt import Attempt, HeldByUrl, Outcome, TimeBasis
from dagster_project.sources.client import Client
from dagster_project.sources.source import Address, Source

WRITTEN_AT = dt.time(23, 0)
URL = Address(
    name="digest_url",
    default="https://raw.githubusercontent.com/l-yohai/daily_papers_ko/main/paper_logs/{date:%Y/%m/%d}.md",
    description="address of a day's digest, with `{date:…}` for the day; `file:///` works",
    is_daily=True,
)
INDEX_URL = Address(
    name="digest_index_url",
    description="address of the archive's own list of its papers, a CSV of `date,title,url`, for a check; "
    "the public archive's where its digests are read",
)


def judge(body: bytes, content_type: str = "") -> Verdict:
    """Return whether `body` may be a digest, with its number of entry heads. The parser reads its contents."""
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return Verdict(Outcome.FAILED, reason="the answer is empty")
    if start.startswith((b"<!doctype html", b"<html")) or "text/html" in content_type.lower():
        return Verdict(Outcome.FAILED, reason="an HTML page, not a Markdown digest")
    if not body.startswith(b"#") and b"\n#" not in body:
        return Verdict(Outcome.FAILED, reason="no heading: not a Markdown digest")
    return Verdict(Outcome.FETCHED, count_heads(body))


def judge_stored(_day: dt.date, body: bytes) -> Verdict:
    """Return the verdict on a digest that an archive holds."""
    return judge(body)


def judge_index(body: bytes, _content_type: str = "") -> Verdict:
    """Return whether `body` may be the archive's index."""
    if body.removeprefix(b"\xef\xbb\xbf").startswith(b"date,"):
        return Verdict(Outcome.FETCHED)
    return Verdict(Outcome.FAILED, reason="not the index: a CSV that begins with `date,` was due")


def find_index_url(settings: Settings) -> str | None:
    """Return the address of the index; None if it is not set and the digests are not those of the public archive."""
    public = URL.default or ""
    if INDEX_URL.find(settings) is None and URL.find(settings) == public:
        return public.partition("{")[0] + "papers_list.csv"
    return INDEX_URL.find(settings)


async def capture(
    client: Client, settings: Settings, source: Source, day: dt.date, held: HeldByUrl, clock: Clock
) -> list[Attempt]:
    """Fetch the digest of `day`, and return its one attempt."""
    question = Question(
        source=source.name,
        day=day,
        url=source.address(settings).format(date=day),
        judge=judge,
        captured_at=dt.datetime.combine(day, WRITTEN_AT),
        time_basis=TimeBasis.ASSUMED,
    )
    return [await ask(client, question, held, clock)]
