"""Asks arXiv's Atom API for papers by their ids, up to 100 at once.

With a `file:///` address it reads one stored answer, or arXiv's metadata snapshot, of which it takes the lines of the
papers. The format of the answers belongs in `parse.arxiv`.
"""

import datetime as dt
import re
from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from dagster_project.clock import Clock
from dagster_project.config import Settings
from dagster_project.parse.arxiv import find_error, find_time, holds_lines, read_descriptions
from dagster_project.parse.links import arxiv_id
from dagster_project.progress import report
from dagster_project.sources.ask import Question, Verdict, ask
from dagster_project.sources.attempt import Attempt, HeldByUrl, Outcome, TimeBasis, hash_body
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
LINE = re.compile(rb'\s*\{\s*"id"\s*:\s*"([^"]+)"')
UPDATED = re.compile(rb'"update_date"\s*:\s*"([0-9]{4}-[0-9]{2}-[0-9]{2})"')
"""What begins a line of the snapshot, and the day of its last change."""
LINES_AT_ONCE = 100_000
"""The number of lines after which progress is reported."""


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
        file = Path(unquote(urlsplit(address).path))
        if _is_snapshot(file):
            for attempt in read_snapshot(file, source, papers, settings.max_bytes, clock):
                yield attempt
            return
        yield await _read_stored(client, source, address, held, clock)
        return
    waiting = [papers[start : start + AT_ONCE] for start in range(0, len(papers), AT_ONCE)]
    while waiting:
        some = waiting.pop(0)
        url = name_papers(address, some)
        question = Question(
            source=source.name, day=clock().date(), url=url, judge=partial(judge, some), missing=frozenset()
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


def _is_snapshot(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return holds_lines(stream.read(1_000))
    except OSError:  # the client says what is wrong with it
        return False


def read_snapshot(file: Path, source: Source, papers: Sequence[str], most: int, clock: Clock) -> Iterator[Attempt]:
    """Yield the lines of papers in arXiv's metadata snapshot, as answers for up to 100 papers each.

    The snapshot is read once, line by line, without what is longer than `most` bytes. It names no time: it is taken to
    be of the day of the newest change that it holds.
    """
    wanted, found, newest, done = set(papers), dict[str, bytes](), b"", 0
    size = file.stat().st_size
    with file.open("rb") as stream:
        for number, line in enumerate(iter(partial(stream.readline, most), b""), start=1):
            done += len(line)
            if number % LINES_AT_ONCE == 0:
                report(f"read {file.name}: bytes", done, size)
            if day := UPDATED.search(line):
                newest = max(newest, day[1])
            named = LINE.match(line) if len(line) < most else None
            if named and (paper := arxiv_id(named[1].decode(errors="replace").replace("\\/", "/"))) in wanted:
                found[str(paper)] = line
    asked_at = clock()
    written_at = min(dt.datetime.fromisoformat(newest.decode()), asked_at) if newest else asked_at
    known = list(found)
    for page, start in enumerate(range(0, len(known), AT_ONCE)):
        some = known[start : start + AT_ONCE]
        body = b"".join(found[paper] for paper in some)
        outcome, items, reason = judge(some, body)
        yield Attempt(
            source=source.name,
            date=written_at.date(),
            page=page,
            url=name_papers(file.absolute().as_uri(), some),
            fetched_at=asked_at,
            captured_at=written_at,
            time_basis=TimeBasis.ASSUMED,
            outcome=outcome,
            reason=reason,
            items=items,
            sha256=hash_body(body),
            size=len(body),
            body=body,
        )


def name_papers(address: str, papers: Sequence[str]) -> str:
    """Return an address that asks for papers. Their ids stand in it as they are, so that a purge finds them."""
    url = httpx.URL(address)
    query = f"{IDS}={','.join(papers)}&max_results={len(papers)}".encode()
    return str(url.copy_with(query=b"&".join(filter(None, [url.query, query]))))


def list_asked(url: str) -> list[str]:
    """Return the papers that a request named in its address."""
    named = httpx.URL(url).params.get(IDS, "")
    return [paper for paper in map(arxiv_id, named.split(",")) if paper]


def _name(papers: Collection[str | None]) -> str:
    """Return some of the papers, and how many others there are."""
    named = sorted(str(paper) for paper in papers)
    rest = f" and {len(named) - NAMED} others" if len(named) > NAMED else ""
    return ", ".join(named[:NAMED]) + rest
