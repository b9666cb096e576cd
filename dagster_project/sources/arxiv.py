"""Asks arXiv's Atom API for papers by their ids, up to 100 at once.

With a `file:///` address it reads one stored answer. The format of the answers belongs in `parse.arxiv`.
"""

import datetime as dt
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import replace
from functools import partial

import httpx

from dagster_project.clock import Clock
from dagster_project.config import Settings
from dagster_project.parse.arxiv import find_error, find_time, read_descriptions
from dagster_project.parse.links import arxiv_id
from dagster_project.sources.ask import Question, Verdict, ask
from dagster_project.sources.attempt import Attempt, HeldByUrl, Outcome
from dagster_project.sources.client import Client
from dagster_project.sources.source import Source

AT_ONCE = 100
"""The most papers of a request: their ids make an address of about 1,500 characters."""
PAUSE = 3.0
"""Seconds between two requests, as https://info.arxiv.org/help/api/tou.html asks for, with one request at a time."""
IDS = "id_list"
REFUSES = "arXiv refuses"
NAMED = 5
"""The most papers that a reason names."""


def judge(asked: Collection[str] | None, body: bytes, _content_type: str = "") -> Verdict:
    """Return whether `body` describes the papers that were asked for, with their number; None asks for no papers."""
    try:
        if error := find_error(body):
            return Verdict(Outcome.FAILED, reason=f"{REFUSES}: {error}"[:400])
        papers = {found.paper for found in read_descriptions(body)}
    except (ValueError, RecursionError) as error:
        return Verdict(Outcome.FAILED, reason=str(error)[:400])
    if asked is not None and (others := papers.difference(asked)):
        return Verdict(Outcome.FAILED, reason=f"the answer describes {_name(others)}, which nobody asked for")
    unknown = set(asked or ()) - papers
    reason = f"arXiv does not know {_name(unknown)}" if unknown else None
    return Verdict(Outcome.FETCHED if papers else Outcome.EMPTY, len(papers), reason)


def judge_stored(_day: dt.date, body: bytes) -> Verdict:
    """Return the verdict on an answer that somebody stored."""
    return judge(None, body)


async def describe(
    client: Client, settings: Settings, source: Source, papers: Sequence[str], held: HeldByUrl, clock: Clock
) -> AsyncGenerator[Attempt]:
    """Ask for papers, and yield an attempt for each request.

    One id that arXiv refuses makes it refuse all ids of a request. Then each half is asked for, until it stands alone.
    """
    address = source.address(settings)
    if address.startswith("file:"):
        yield await _read_stored(client, source, address, held, clock)
        return
    waiting = [papers[start : start + AT_ONCE] for start in range(0, len(papers), AT_ONCE)]
    while waiting:
        some = waiting.pop(0)
        url = httpx.URL(address).copy_merge_params({IDS: ",".join(some), "max_results": str(len(some))})
        question = Question(
            source=source.name, day=clock().date(), url=str(url), judge=partial(judge, some), missing=frozenset()
        )
        attempt = await ask(client, question, {}, clock)
        refused = (attempt.reason or "").startswith(REFUSES)
        if refused and len(some) > 1:
            waiting[:0] = [some[: len(some) // 2], some[len(some) // 2 :]]
        yield replace(attempt, outcome=Outcome.MISSING) if refused and len(some) == 1 else attempt


async def _read_stored(client: Client, source: Source, url: str, held: HeldByUrl, clock: Clock) -> Attempt:
    """Return the attempt to read a stored answer, which is of the time at which arXiv wrote it."""
    question = Question(source=source.name, day=clock().date(), url=url, judge=partial(judge, None))
    known = {address: one.without_conditions() for address, one in held.items()}  # its bytes say when it was written
    attempt = await ask(client, question, known, clock)
    written_at = find_time(attempt.body) if attempt.body else None
    return replace(attempt, date=written_at.date(), captured_at=written_at) if written_at else attempt


def list_asked(url: str) -> list[str]:
    """Return the papers that a request named in its address."""
    named = httpx.URL(url).params.get(IDS, "")
    return [paper for paper in map(arxiv_id, named.split(",")) if paper]


def _name(papers: Collection[str | None]) -> str:
    """Return some of the papers, and how many others there are."""
    named = sorted(str(paper) for paper in papers)
    rest = f" and {len(named) - NAMED} others" if len(named) > NAMED else ""
    return ", ".join(named[:NAMED]) + rest
