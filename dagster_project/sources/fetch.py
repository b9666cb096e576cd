"""Fetches many days of one source at the same time.

A failure affects only its own day: it becomes an attempt with the outcome `failed`. How a source fetches one day
belongs in its own module.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

from dagster_project.clock import Clock, utc_now
from dagster_project.config import Settings
from dagster_project.errors import SettingsError
from dagster_project.sources.ask import Question, ask
from dagster_project.sources.attempt import Attempt, HeldByUrl, Outcome
from dagster_project.sources.client import Client
from dagster_project.sources.source import Source


async def fetch_days(
    source: Source,
    days: Iterable[dt.date],
    settings: Settings,
    held: Mapping[dt.date, HeldByUrl],
    clock: Clock = utc_now,
) -> AsyncGenerator[list[Attempt]]:
    """Fetch `days`, and yield the attempts of each day as soon as it is done, in any order.

    `held` holds, by day and address, the responses in the raw store, for conditional requests. No request is sent for a
    day that has not begun in UTC. At most `settings.concurrency` days are fetched at once, which bounds memory.
    """
    waiting = iter(days)
    running: set[asyncio.Task[list[Attempt]]] = set()
    async with Client(settings) as client:

        async def one(day: dt.date) -> list[Attempt]:
            if day > clock().date():
                return [make_future_attempt(source, day, clock())]
            if source.capture is None:
                raise SettingsError(f"{source.name} cannot be asked; its captures come from archives")
            return await source.capture(client, settings, source, day, held.get(day, {}), clock)

        # No TaskGroup: around a `yield`, it wraps every error, and the end of the generator, in an exception group.
        try:
            while True:
                while len(running) < settings.concurrency and (day := next(waiting, None)):
                    running.add(asyncio.create_task(one(day)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def fetch_papers(
    source: Source,
    papers: Sequence[str],
    settings: Settings,
    held: HeldByUrl,
    clock: Clock = utc_now,
) -> AsyncGenerator[Attempt]:
    """Ask a source for papers, and yield the attempt of each request: one at a time, at the source's own pace.

    `held` holds the responses in the raw store by address.
    """
    if source.descriptions is None:
        raise SettingsError(f"{source.name} cannot be asked for papers")
    slow = min(settings.requests_per_second, 1 / source.descriptions.pause)
    paced = settings.model_copy(update={"requests_per_second": slow, "concurrency": 1})
    async with Client(paced) as client:
        async for attempt in source.descriptions.describe(client, paced, source, papers, held, clock):
            yield attempt


async def fetch_index(source: Source, settings: Settings, held: HeldByUrl, clock: Clock = utc_now) -> Attempt | None:
    """Fetch a source's own index; return its attempt, dated the source's first day, or None if it has no address."""
    url = source.index.find_address(settings) if source.index else None
    if source.index is None or url is None:
        return None
    async with Client(settings) as client:
        question = Question(source=source.name, day=source.first_day, url=url, judge=source.index.judge)
        return await ask(client, question, held, clock)


def make_future_attempt(source: Source, day: dt.date, now: dt.datetime) -> Attempt:
    """Return the attempt for a day that has not begun in UTC; no request is sent."""
    return Attempt(
        source=source.name,
        date=day,
        url="",
        fetched_at=now,
        captured_at=now,
        outcome=Outcome.FUTURE,
        reason=f"{day} has not begun in UTC; nothing was asked",
    )
