"""Every fault of a network that a source can show: each has one outcome, costs bounded time and few requests.

Each fault strikes a day of each source, with a good day after it in the same run; then all of it is published, the
fault goes away, and the next run mends everything.
"""

import datetime as dt
import gzip
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, count, product, repeat
from types import SimpleNamespace
from typing import Any

import pyarrow
import pytest

from dagster_project import pipeline
from dagster_project.config import load_settings
from dagster_project.lake.home import Home
from dagster_project.lake.raw import RawStore
from dagster_project.publish.reader import open_warehouse
from dagster_project.publish.release import publish
from dagster_project.sources import client
from dagster_project.sources.huggingface import LIMIT, MAX_PAGES
from tests.integration.conftest import Papers
from tests.loopback import Answer, Loopback, drip, gzipped, half
from tests.reliability.days import SOURCES, body_of, items_of, papers_of, place_of, read
from tests.reliability.figures import Figure, tell

CAP = 1024**2
TRIES, REQUEST_TIMEOUT, BACKOFF, MAX_WAIT = 2, 0.6, 0.05, 2
BOUND = 2 * (TRIES * (REQUEST_TIMEOUT + BACKOFF) + MAX_WAIT) + 10
"""Seconds in which a day with a fault and the good day after it must be done; the last are for a slow machine."""
NOW = dt.datetime(2024, 9, 1, 12)
LATER = NOW + dt.timedelta(hours=1)
FIRST = dt.date(2024, 3, 1)
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LINE = b"X-Flood: " + b"x" * 1000 + b"\r\n"


@dataclass(frozen=True)
class Fault:
    """What the server does with a day, and what must come of it."""

    what: str
    answer: Callable[[bytes], Answer]
    """From the right body to what is sent in its place, every time that it is asked for."""
    says: str
    passes: bool = False
    """Whether another try might mend it, so that it is tried again."""
    outcome: dict[str, str] = field(default_factory=dict)
    """Of a source, where it is not `failed`."""
    silences: bool = False
    """Whether the host asked for so long a silence that the good day is not asked for either."""


def redirect(where: str) -> Callable[[bytes], Answer]:
    return lambda _: Answer(302, headers={"Location": where})


def raw(*pieces: bytes, then: Callable[[], Iterator[bytes]] = lambda: iter(())) -> Callable[[bytes], Answer]:
    return lambda _: Answer(raw=chain(pieces, then()))


def packed(body: bytes) -> bytes:
    return gzip.compress(body)


def as_gzip(body: bytes) -> Answer:
    return Answer(body=body, headers={"Content-Encoding": "gzip"})


def padded(body: bytes) -> bytes:
    """Return the body in more bytes than the cap allows, which do not change what it says."""
    return body + b"\n" * CAP


BOMB = packed(bytes(256 * CAP))
ZSTD_BOMB = pyarrow.compress(bytes(256 * CAP), codec="zstd", asbytes=True)

FAULTS = [
    Fault("429 without Retry-After", lambda _: Answer(429), "HTTP 429", passes=True),
    Fault(
        "429 that asks for a second",
        lambda _: Answer(429, headers={"Retry-After": "1"}),
        "HTTP 429",
        passes=True,
    ),
    Fault(
        "429 that asks for an hour",
        lambda _: Answer(429, headers={"Retry-After": "3600"}),
        "HTTP 429",
        silences=True,
    ),
    Fault("500", lambda _: Answer(500, b"broken"), "HTTP 500", passes=True),
    Fault("503", lambda _: Answer(503), "HTTP 503", passes=True),
    Fault("503 with a body that never ends", lambda _: Answer(503, pieces=repeat(bytes(999))), "HTTP 503", passes=True),
    Fault("403", lambda _: Answer(403, b"no"), "HTTP 403"),
    Fault("206, a part that nobody asked for", lambda body: Answer(206, body[:100]), "HTTP 206"),
    Fault("304 that nobody asked for", lambda _: Answer(304), "HTTP 304"),
    Fault("closed before a byte", raw(), "broken off", passes=True),
    Fault("reset before a byte", lambda _: Answer(raw=(), resets=True), "broken off", passes=True),
    Fault(
        "reset half-way",
        lambda body: Answer(body=body[:50], headers={"Content-Length": str(len(body))}, resets=True),
        "broken off",
        passes=True,
    ),
    Fault("half an answer", half, "broken off", passes=True),
    Fault("silence", lambda _: Answer(after=5 * REQUEST_TIMEOUT), "broken off", passes=True),
    Fault("a byte now and then", lambda _: Answer(pieces=drip(0.05)), "broken off: TimeoutError", passes=True),
    Fault("a header's byte now and then", raw(HEAD, then=lambda: drip(0.05)), "broken off: TimeoutError", passes=True),
    Fault("100 Continue for ever", raw(then=lambda: drip(0.001, b"HTTP/1.1 100 Continue\r\n\r\n")), "", passes=True),
    Fault("headers without end", raw(HEAD, then=lambda: repeat(LINE)), "broken off", passes=True),
    Fault("trailers without end", raw(CHUNKED + b"0\r\n", then=lambda: repeat(LINE)), "broken off", passes=True),
    Fault("no HTTP at all", raw(b"SSH-2.0-OpenSSH_9.2\r\n"), "broken off", passes=True),
    Fault("chunks that are none", raw(CHUNKED + b"many\r\nnonsense\r\n"), "broken off", passes=True),
    Fault("a chunk without its bytes", raw(CHUNKED + b"fffffff\r\n# cut"), "broken off", passes=True),
    Fault("a redirect to itself", redirect("/again"), "redirected to '/again'"),
    Fault("a redirect to another host", redirect("http://localhost:9/2024.md"), "redirected to 'http://localhost:9"),
    Fault("a redirect to file:", redirect("file:///etc/passwd"), "redirected to 'file:///etc/passwd'"),
    Fault("a redirect to a private address", redirect("http://169.254.169.254/"), "redirected to 'http://169.254"),
    Fault("a redirect to nowhere", lambda _: Answer(301), ""),
    Fault(
        "a length one byte too long",
        lambda body: Answer(body=body, headers={"Content-Length": str(len(body) + 1)}, breaks_off=True),
        "broken off",
        passes=True,
    ),
    Fault(
        "a length too short",
        lambda body: Answer(body=body, headers={"Content-Length": str(len(body) - 20)}, breaks_off=True),
        "",
        outcome={"digest": "fetched"},
    ),
    Fault("a length past the cap", lambda _: Answer(headers={"Content-Length": "99999999999"}), "larger than 1.0MiB"),
    Fault("an HTML page with status 200", lambda _: Answer(body=b"<!DOCTYPE html><html>Sign in</html>"), "HTML page"),
    Fault("a picture", lambda _: Answer(body=b"\x89PNG\r\n\x1a\n", headers={"Content-Type": "image/png"}), "not"),
    Fault("an empty 200", lambda _: Answer(), "the answer is empty"),
    Fault("gzip that is none", as_gzip, "unreadable answer"),
    Fault("gzip cut short", lambda body: as_gzip(packed(body)[:-12]), "broken off", passes=True),
    Fault("gzip with more behind it", lambda body: as_gzip(packed(body) + b"more"), "unreadable answer"),
    Fault("a gzip bomb of 256 MiB", lambda _: as_gzip(BOMB), "larger than 1.0MiB"),
    Fault("gzip in gzip", lambda body: Answer(body=body, headers={"Content-Encoding": "gzip, gzip"}), "not asked for"),
    Fault(
        "a zstd bomb of 256 MiB",
        lambda _: Answer(body=ZSTD_BOMB, headers={"Content-Encoding": "zstd"}),
        "encoded as 'zstd', which was not asked for",
    ),
    Fault("an answer past the cap", lambda body: Answer(body=padded(body)), "larger than 1.0MiB"),
    Fault("an answer past the cap, in chunks", lambda body: Answer(pieces=[padded(body)]), "larger than 1.0MiB"),
    Fault("an answer that never ends", lambda _: Answer(pieces=repeat(b"# x\n" * 999)), "larger than 1.0MiB"),
]
STRUCK = {fault.what: FIRST + dt.timedelta(days=2 * number) for number, fault in enumerate(FAULTS)}


def good_day_after(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)


ALL_DAYS = [*STRUCK.values(), *map(good_day_after, STRUCK.values())]


@pytest.fixture(scope="module")
def quick():
    """Make tries follow each other at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "LONGEST_BACKOFF", BACKOFF)
        yield


@pytest.fixture(scope="module")
def struck(tmp_path_factory, quick):  # noqa: ARG001
    """Two releases of one home: after all the damage, and after the run that followed its end."""
    home = Home(tmp_path_factory.mktemp("struck") / "home")
    took: dict[tuple[str, str], float] = {}
    with Loopback() as web:
        settings = settings_for(web, home)
        for day, source in product(ALL_DAYS, SOURCES):
            web.play(place_of(source, day), repeat(Answer(body=body_of(source, day, papers_of(day)))))
        truly = dict(web.played)

        def strike(source) -> None:
            for fault in FAULTS:
                day = STRUCK[fault.what]
                body = body_of(source, day, papers_of(day))
                web.play(place_of(source, day), (fault.answer(body) for _ in count()))
                started = time.monotonic()
                pipeline.fetch(home, settings, source, [day, good_day_after(day)], lambda: NOW)
                took[fault.what, source] = time.monotonic() - started

        def mend(source) -> None:
            pipeline.fetch(home, settings, source, ALL_DAYS, lambda: LATER)

        with ThreadPoolExecutor(len(SOURCES)) as threads:
            list(threads.map(strike, SOURCES))
            asked, kept = list(web.paths), sum(file.stat().st_size for file in RawStore(home.raw).packs.glob("*/*"))
            damaged = released(home)
            started = time.monotonic()
            web.played = truly
            list(threads.map(mend, SOURCES))
            mended = released(home)
            recovery = time.monotonic() - started
    return SimpleNamespace(took=took, asked=asked, kept=kept, damaged=damaged, mended=mended, recovery=recovery)


def settings_for(web: Loopback, home: Home, **given: Any):
    quickly = {
        "home": home.root,
        "addresses": {"digest_url": web.digest_url, "huggingface_url": web.huggingface_url},
        "max_bytes": CAP,
        "attempts": TRIES,
        "request_timeout": REQUEST_TIMEOUT,
        "max_wait": MAX_WAIT,
        "concurrency": 1,
        "requests_per_second": 10_000,
    }
    return load_settings(**quickly | given)


def released(home: Home) -> SimpleNamespace:
    """Publish what was fetched; return what is known of each day and the papers that are listed with their votes."""
    for source in SOURCES:
        read(home, source)
    publish(home)
    with open_warehouse(home.warehouse) as connection:
        coverage = connection.execute("SELECT source, date, status, last_outcome, last_reason FROM mart_coverage")
        days = {(source, date): tuple(facts) for source, date, *facts in coverage.fetchall()}
        listed = connection.execute(
            "SELECT source, listed_on, arxiv_id, votes FROM fact_vote"
            " JOIN dim_paper USING (paper_key) JOIN dim_source USING (source_key)"
        )
        return SimpleNamespace(days=days, votes=set(listed.fetchall()))


def right(source: str, day: dt.date) -> set[tuple]:
    return {(source, day, *paper) for paper in papers_of(day)}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_has_one_outcome_few_requests_and_an_end(struck, fault):
    day = STRUCK[fault.what]
    good = good_day_after(day)
    lost, statuses = set(), set()
    for source in SOURCES:
        status, outcome, reason = struck.damaged.days[source, day]
        assert outcome == fault.outcome.get(source, "failed")
        assert status == ("incomplete" if outcome == "fetched" else "failed")
        assert fault.says in (reason or "")
        assert "\n" not in (reason or "")
        assert requests(struck, source, day) == (TRIES if fault.passes else 1)
        assert struck.took[fault.what, source] < BOUND
        assert struck.damaged.days[source, good][0] == ("failed" if fault.silences else "published")
        assert struck.mended.days[source, day][0] == "published"
        lost |= set() if fault.silences else right(source, good) - struck.damaged.votes
        lost |= (right(source, day) | right(source, good)) - struck.mended.votes
        statuses.add(status)
    tell(
        Figure(
            part="A bad network",
            fault=fault.what,
            cases=len(SOURCES),
            lost=len(lost),
            recovery=struck.recovery,
            outcome=f"{' or '.join(sorted(statuses))}; {'transient' if fault.passes else 'permanent'}: asked "
            f"{TRIES if fault.passes else 1} of {TRIES} times, "
            f"{max(struck.took[fault.what, source] for source in SOURCES):.1f} s",
        )
    )
    assert lost == set()


def requests(struck, source, day):
    return sum(place_of(source, day) in path for path in struck.asked)


def test_once_the_faults_are_gone_all_days_are_as_if_there_had_been_none(struck):
    assert struck.mended.votes == {paper for source, day in product(SOURCES, ALL_DAYS) for paper in right(source, day)}
    assert {status for status, *_ in struck.mended.days.values()} == {"published"}


def test_nothing_past_the_cap_is_kept(struck):
    assert struck.kept < CAP


@pytest.mark.parametrize(
    "bomb",
    [as_gzip(BOMB), gzipped(bytes(CAP)), Answer(body=ZSTD_BOMB, headers={"Content-Encoding": "zstd"})],
    ids=["gzip bomb", "gzip that just fits", "zstd bomb"],
)
@pytest.mark.usefixtures("quick")
def test_a_bomb_takes_no_more_memory_than_an_answer_may(web, tmp_path, bomb):
    web.play(place_of("digest", FIRST), [bomb])
    home = Home(tmp_path / "home")
    settings = settings_for(web, home)
    tracemalloc.start()
    try:
        pipeline.fetch(home, settings, "digest", [FIRST], lambda: NOW)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 6 * CAP


def votes_moved(page: int) -> list[Any]:
    """Return a whole page of papers, the same every time but for their votes."""
    return items_of([paper._replace(votes=page) for paper in papers_of(FIRST, LIMIT)])


PAGES = {
    "pages that never end": (votes_moved, f"more than {MAX_PAGES} pages", MAX_PAGES),
    "large pages that never end": (lambda page: votes_moved(page) + [None] * (CAP // 10), "together", 2),
    "the same page for ever": (lambda _: votes_moved(0), "the same papers as the page before", 2),
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("what", PAGES)
def test_an_api_without_a_last_page_is_left_and_the_day_is_kept_as_incomplete(web, tmp_path, what):
    page, says, most = PAGES[what]
    day, good = FIRST, good_day_after(FIRST)
    web.serve_papers(good, items_of(papers_of(good)))
    web.serve_papers(day, items_of(papers_of(day, LIMIT)))
    web.play(place_of("huggingface", day), (Answer(body=json.dumps(page(number)).encode()) for number in range(most)))
    home = Home(tmp_path / "home")
    settings = settings_for(web, home)
    pipeline.fetch(home, settings, "huggingface", [day, good], lambda: NOW)
    damaged = released(home)
    assert len(web.asked) == most + 1
    assert damaged.days["huggingface", day][:2] == ("incomplete", "incomplete")
    assert says in damaged.days["huggingface", day][2]
    assert {paper[2] for paper in damaged.votes if paper[1] == day} == {paper.arxiv_id for paper in papers_of(day, 100)}
    assert damaged.days["huggingface", good][0] == "published"
    started = time.monotonic()
    pipeline.fetch(home, settings, "huggingface", [day, good], lambda: LATER)
    mended = released(home)
    lost = {("huggingface", day, *paper) for paper in papers_of(day, LIMIT)} - mended.votes
    tell(
        Figure(
            part="A bad network",
            fault=f"{what} of the API",
            cases=1,
            lost=len(lost),
            recovery=time.monotonic() - started,
            outcome=f"incomplete; left after {most} pages",
        )
    )
    assert lost == set()
    assert mended.days["huggingface", day][0] == "published"


@pytest.mark.long
def test_a_real_build_publishes_what_it_can_and_the_next_mends_the_rest(tmp_path):
    with Loopback() as web:
        papers = Papers(
            tmp_path / "home",
            {
                "PAPERS_DIGEST_URL": web.digest_url,
                "PAPERS_HUGGINGFACE_URL": web.huggingface_url,
                "PAPERS_REQUEST_TIMEOUT": "2",
                "PAPERS_ATTEMPTS": str(TRIES),
                "PAPERS_MAX_BYTES": str(CAP),
            },
        )
        faults = [fault for fault in FAULTS if not fault.silences]
        days = [FIRST + dt.timedelta(days=number) for number in range(len(faults) + 2)]
        span = ("build", "--source", "digest", "--source", "huggingface", "--from", str(days[0]), "--to", str(days[-1]))
        truly = {}
        for source, (number, day) in product(SOURCES, enumerate(days)):
            body = body_of(source, day, papers_of(day))
            truly[place_of(source, day)] = repeat(Answer(body=body))
            web.play(place_of(source, day), truly[place_of(source, day)])
            if number < len(faults):
                web.play(place_of(source, day), (faults[number].answer(body) for body in repeat(body)))
        started = time.monotonic()
        papers(*span)
        assert time.monotonic() - started < len(SOURCES) * len(faults) * TRIES * (2 + client.LONGEST_BACKOFF)
        status = papers("status", "--all")
        assert "Days that need a look" in status
        good = "SELECT count(*) FROM mart_coverage WHERE status = 'published'"
        assert papers.one(good) == len(SOURCES) * 2
        web.played.update(truly)
        started = time.monotonic()
        papers(*span)
        recovery = time.monotonic() - started
        lost = len(SOURCES) * len(days) - papers.one(good)
        tell(
            Figure(
                part="A bad network",
                fault="all of these but the long silence, in one `papers build`",
                cases=len(SOURCES) * len(faults),
                lost=lost,
                recovery=recovery,
                outcome="the good days are published, the others failed; the next build mends them",
            )
        )
        assert lost == 0
