"""Many days: side by side, and one day's trouble stays that day's."""

import asyncio
import datetime as dt
import logging
import socket
from contextlib import aclosing
from dataclasses import replace
from itertools import repeat

import pytest

from dagster_project.sources.attempt import Attempt, Held, Outcome
from dagster_project.sources.client import DEAD_HOST_AFTER
from dagster_project.sources.fetch import fetch_days, fetch_index
from dagster_project.sources.registry import SOURCES
from tests.loopback import Answer

DAYS = [dt.date(2024, 1, 1) + dt.timedelta(days=number) for number in range(31)]
NOW = dt.datetime(2024, 2, 1, 12)
HIDDEN = "hf_hidden"

pytestmark = pytest.mark.usefixtures("archive")


@pytest.fixture
def fetch(settings_for):
    """Fetch days of a source; return each day's attempts."""

    def fetch(source="digest", days=DAYS, held=None, now=NOW, **given) -> dict[dt.date, list[Attempt]]:
        async def run() -> list[list[Attempt]]:
            days_fetched = fetch_days(SOURCES[source], days, settings_for(**given), held or {}, lambda: now)
            return [attempts async for attempts in days_fetched]

        return {attempts[0].date: attempts for attempts in asyncio.run(run())}

    return fetch


@pytest.fixture
def archive(web, tmp_path):
    """Serve a digest for every day."""
    folder = tmp_path / "digests"
    for day in DAYS:
        file = folder / f"{day:%Y/%m/%d}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {day}\n")
    web.serve_digests(folder)
    return folder


def outcomes(fetched: dict[dt.date, list[Attempt]]) -> dict[dt.date, Outcome]:
    return {day: attempts[0].outcome for day, attempts in fetched.items()}


def held_from(fetched: dict[dt.date, list[Attempt]]) -> dict[dt.date, dict[str, Held]]:
    return {
        day: {one.url: Held(one.url, one.sha256, one.etag, one.last_modified, one.items) for one in attempts}
        for day, attempts in fetched.items()
    }


def test_every_day_is_fetched_once(web, fetch):
    assert outcomes(fetch()) == dict.fromkeys(DAYS, Outcome.FETCHED)
    assert sorted(web.paths) == [f"/{day:%Y/%m/%d}.md" for day in DAYS]


@pytest.mark.parametrize("etags", [True, False], ids=["by ETag", "by Last-Modified"])
def test_an_unchanged_archive_moves_no_bodies(web, fetch, etags):
    web.etags = etags
    held = held_from(fetch())
    web.forget()
    assert set(outcomes(fetch(held=held)).values()) == {Outcome.UNCHANGED}
    assert {asked.status for asked in web.asked} == {304}
    assert web.sent == 0


def test_only_what_changed_is_moved(web, archive, fetch):
    held = held_from(fetch())
    web.forget()
    (archive / "2024/01/07.md").write_text("# again\n")
    changed = [day for day, outcome in outcomes(fetch(held=held)).items() if outcome is not Outcome.UNCHANGED]
    assert changed == [dt.date(2024, 1, 7)]
    assert web.sent == len("# again\n")


def test_no_more_are_under_way_than_were_set(web, fetch):
    web.play("/", [Answer(after=0.02, body=b"# day")] * len(DAYS))
    fetch(concurrency=3)
    assert web.most_at_once == 3


def test_a_failing_day_fails_no_other(web, fetch):
    web.play("/2024/01/05", repeat(Answer(500)))
    web.play("/2024/01/06", repeat(Answer(body=b"<html>")))
    web.play("/2024/01/07", repeat(Answer(404)))
    ended = outcomes(fetch(attempts=2))
    assert [ended.pop(dt.date(2024, 1, day)) for day in (5, 6, 7)] == ["failed", "failed", "missing"]
    assert set(ended.values()) == {Outcome.FETCHED}


def test_every_failure_says_why_in_one_line(web, fetch):
    web.play("/2024/01/05", repeat(Answer(500)))
    web.play("/2024/01/06", repeat(Answer(302, headers={"Location": "/x"})))
    web.play("/2024/01/07", repeat(Answer(body=b"#", headers={"Content-Length": "9"}, breaks_off=True)))
    failed = [attempts[0] for attempts in fetch(attempts=1).values() if attempts[0].outcome is Outcome.FAILED]
    assert len(failed) == 3
    assert all(attempt.reason and len(attempt.reason.splitlines()) == 1 for attempt in failed)


def test_the_future_is_not_asked_for(web, fetch):
    fetched = fetch(now=dt.datetime(2024, 1, 29, 23, 59))
    assert {day.day for day, outcome in outcomes(fetched).items() if outcome is Outcome.FUTURE} == {30, 31}
    assert not {"/2024/01/30.md", "/2024/01/31.md"} & set(web.paths)
    assert fetched[DAYS[-1]][0].reason == "2024-01-31 has not begun in UTC; nothing was asked"


def test_a_dead_host_costs_few_requests(fetch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/{{date}}.md"
    reasons = [attempts[0].reason for attempts in fetch(digest_url=nobody, attempts=2, concurrency=4).values()]
    tried = [reason for reason in reasons if reason.startswith("could not connect")]
    assert len(reasons) == len(DAYS)
    assert DEAD_HOST_AFTER <= len(tried) < DEAD_HOST_AFTER + 4
    assert all("not asked" in reason for reason in reasons if reason not in tried)


def test_a_long_silence_that_is_asked_for_ends_the_asking(web, fetch):
    web.play("/2024/01/03", [Answer(429, headers={"Retry-After": "3600"})])
    ended = outcomes(fetch(concurrency=1, max_wait=5))
    assert list(ended.values()) == [Outcome.FETCHED] * 2 + [Outcome.FAILED] * 29
    assert len(web.asked) == 3


def test_the_token_is_in_nothing_that_is_kept_or_said(web, fetch, caplog):
    caplog.set_level(logging.DEBUG)
    web.play("date=2024-01-05", repeat(Answer(401, b"who?")))
    fetched = fetch("huggingface", hf_token=HIDDEN)
    assert len(fetched) == len(DAYS)
    assert HIDDEN not in repr(fetched) + caplog.text


def test_a_fault_of_the_program_is_not_hidden(fetch, monkeypatch):
    async def capture(_client, _settings, _source, day, *_) -> list[Attempt]:
        if day == DAYS[3]:
            raise ZeroDivisionError
        await asyncio.sleep(60)
        return []

    monkeypatch.setitem(SOURCES, "digest", replace(SOURCES["digest"], capture=capture))
    with pytest.raises(ZeroDivisionError):
        fetch()


def test_whoever_leaves_early_leaves_nothing_running(web, settings_for):
    web.play("/2024/01/02", [Answer(after=60)])

    async def run() -> int:
        async with aclosing(fetch_days(SOURCES["digest"], DAYS, settings_for(), {}, lambda: NOW)) as days:
            async for _ in days:
                break
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1


def test_days_are_taken_up_as_there_is_room(settings_for):
    taken = []

    def counted():
        for day in DAYS:
            taken.append(day)
            yield day

    async def run() -> None:
        async with aclosing(fetch_days(SOURCES["digest"], counted(), settings_for(concurrency=2), {})) as days:
            async for _ in days:
                break

    asyncio.run(run())
    assert len(taken) == 2


class TestIndex:
    @pytest.fixture
    def fetch(self, web, settings_for):
        """Fetch the index of a source, which lies at `/index.csv` where it has one."""

        def fetch(source="digest", held=None, **given) -> Attempt | None:
            settings = settings_for(**{"digest_index_url": f"{web.url}/index.csv"} | given)
            return asyncio.run(fetch_index(SOURCES[source], settings, held or {}, lambda: NOW))

        return fetch

    def test_it_is_kept_under_the_sources_first_day(self, web, fetch):
        web.play("/index.csv", [Answer(body=b"date,title,url\n")])
        attempt = fetch()
        assert (attempt.source, attempt.date, attempt.captured_at) == ("digest", SOURCES["digest"].first_day, NOW)
        assert (attempt.outcome, attempt.body) == (Outcome.FETCHED, b"date,title,url\n")

    def test_what_is_no_index_is_a_failure(self, web, fetch):
        web.play("/index.csv", [Answer(body=b"# Daily Papers\n")])
        assert fetch().outcome is Outcome.FAILED

    def test_an_index_that_is_held_is_asked_for_by_its_etag(self, web, fetch):
        held = Held(f"{web.url}/index.csv", "0" * 64, '"held"', None)
        web.play("/index.csv", [Answer(304)])
        assert fetch(held={held.url: held}).outcome is Outcome.UNCHANGED
        assert web.asked[0].headers["if-none-match"] == '"held"'

    @pytest.mark.parametrize(("source", "given"), [("digest", {"digest_index_url": None}), ("huggingface", {})])
    def test_where_none_is_named_nothing_is_asked(self, web, fetch, source, given):
        assert fetch(source, **given) is None
        assert web.asked == []
