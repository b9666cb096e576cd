"""Fetches Hugging Face's `daily_papers` API: a day's papers in pages, with their votes at the time of the request.

With a `file:///` address it reads stored captures from a folder, `<date>/<captured_at>.json`. The format of the
payloads belongs in `parse.huggingface`.
"""

import datetime as dt
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
from pydantic import ByteSize

from dagster_project.clock import Clock
from dagster_project.config import Settings
from dagster_project.parse.huggingface import describe_new_fields, read_listed_day, read_payload
from dagster_project.sources.ask import Question, Verdict, ask
from dagster_project.sources.attempt import Attempt, HeldByUrl, Outcome
from dagster_project.sources.client import Client
from dagster_project.sources.files import parse_file_url
from dagster_project.sources.source import Source
from dagster_project.sources.token import explain_denial, may_carry_token

LIMIT = 100
DEFAULT_PAGE = 50
"""Papers of a page when the request names no limit: a page of exactly this size may be cut."""
MAX_PAGES = 50
STORED_NAME = "%Y-%m-%dT%H%M%SZ"
FEW = 5
UNPAGED = "stored without its further pages"


def judge(day: dt.date, body: bytes, _content_type: str = "", printed: int | None = None) -> Verdict:
    """Return whether `body` is a list of papers of `day`, with the number of papers.

    Of items that are printed by Python it looks at the first `printed` ones; None means all.
    """
    if not body.strip():
        return Verdict(Outcome.FAILED, reason="the answer is empty")
    try:
        payload = read_payload(body, printed)
    except (ValueError, RecursionError):
        kind = "an HTML page" if body.lstrip().startswith(b"<") else "not JSON"
        return Verdict(Outcome.FAILED, reason=f"{kind}, where a JSON list of papers was due")
    if not isinstance(payload, list):
        return Verdict(Outcome.FAILED, reason=f"JSON, but not a list of papers: {type(payload).__name__}")
    days = Counter(filter(None, map(read_listed_day, payload)))
    if 2 * days[day] < days.total():
        return Verdict(Outcome.FAILED, reason=f"the answer is of {days.most_common(1)[0][0]}, not of {day}")
    return Verdict(Outcome.FETCHED if payload else Outcome.EMPTY, len(payload), describe_new_fields(payload))


def judge_stored(day: dt.date, body: bytes) -> Verdict:
    """Return the verdict on a capture that somebody stored, of which there are no further pages."""
    verdict = judge(day, body, printed=FEW)
    if verdict.outcome is Outcome.FETCHED and may_be_cut(verdict.items):
        return verdict._replace(outcome=Outcome.INCOMPLETE, reason=UNPAGED)
    return verdict


def may_be_cut(items: int | None) -> bool:
    """Return whether a page with this many papers may be cut, so that the next page must be fetched."""
    return items is not None and (items == DEFAULT_PAGE or items >= LIMIT)


async def capture(
    client: Client, settings: Settings, source: Source, day: dt.date, held: HeldByUrl, clock: Clock
) -> list[Attempt]:
    """Fetch `day`, and return one attempt for each page of the endpoint, or for each stored capture."""
    url = source.address(settings)
    if url.startswith("file:"):
        template = url if "{date" in url else url.rstrip("/") + "/{date:%Y-%m-%d}"
        question = Question(source=source.name, day=day, url="", judge=partial(judge, day))
        return await _read_stored(client, parse_file_url(template.format(date=day)), question, held, clock)
    asked = httpx.URL(url.format(date=day))
    token = settings.hf_token
    question = Question(
        source=source.name,
        day=day,
        url=str(asked),
        judge=partial(judge, day),
        captured_at=clock(),
        headers={"Authorization": f"Bearer {token.get_secret_value()}"} if token and may_carry_token(asked) else {},
        missing=frozenset(),
        denied=explain_denial(asked, has_token=token is not None),
    )
    return await _fetch_pages(client, question, held, clock, settings.max_bytes)


async def _fetch_pages(
    client: Client, question: Question, held: HeldByUrl, clock: Clock, cap: ByteSize
) -> list[Attempt]:
    """Fetch pages until one is not full; a day whose last page cannot be fetched is incomplete."""
    pages: list[Attempt] = []
    for page in range(MAX_PAGES):
        query = {"date": question.day.isoformat(), "limit": LIMIT, "p": page}
        url = str(httpx.URL(question.url).copy_merge_params(query))
        attempt = await ask(client, replace(question, url=url, page=page), held, clock)
        repeats = bool(pages) and attempt.items != 0 and attempt.sha256 == pages[-1].sha256
        if repeats:
            attempt = replace(attempt, outcome=Outcome.FAILED, reason="the same papers as the page before")
        pages.append(attempt)
        if page and attempt.outcome is Outcome.FAILED:
            return _mark_incomplete(pages, f"page {page}: {attempt.reason}")
        if not may_be_cut(attempt.items):
            return pages
        if sum(page.size or 0 for page in pages) > cap:
            return _mark_incomplete(pages, f"pages larger than {cap.human_readable()} together (PAPERS_MAX_BYTES)")
    return _mark_incomplete(pages, f"more than {MAX_PAGES} pages")


def _mark_incomplete(pages: list[Attempt], why: str) -> list[Attempt]:
    """Return the attempts with the first page, whose outcome is that of the day, marked as incomplete."""
    reason = f"{sum(page.items or 0 for page in pages if page.outcome is not Outcome.FAILED)} papers, then cut: {why}"
    return [replace(pages[0], outcome=Outcome.INCOMPLETE, reason=reason), *pages[1:]]


async def _read_stored(
    client: Client, folder: Path, question: Question, held: HeldByUrl, clock: Clock
) -> list[Attempt]:
    """Read every stored capture of a day, oldest first; a capture as long as a full page is incomplete."""
    question = replace(question, url=folder.as_uri())
    attempts = []
    for file in sorted(folder.glob("*.json")):
        question = replace(question, url=file.as_uri())
        try:
            captured_at = dt.datetime.strptime(file.stem, STORED_NAME)
        except ValueError:
            attempt = replace(await ask(client, question, held, clock), outcome=Outcome.FAILED, body=None)
            attempts.append(replace(attempt, reason=f"the file's name is not a capture's time: {file.name}"))
            continue
        attempt = await ask(client, replace(question, captured_at=captured_at), held, clock)
        attempts += _mark_incomplete([attempt], UNPAGED) if may_be_cut(attempt.items) else [attempt]
    return attempts or [await ask(client, question, held, clock)]
