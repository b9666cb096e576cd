"""Many days of one source, fetched side by side and handed on as each is done.

One day's trouble stays that day's: it becomes an attempt with the outcome `failed`.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Iterable, Mapping

from dagster_project.clock import Clock, utc_now
from dagster_project.config import Settings
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
    """Fetch `days` with the set concurrency; yield each day's attempts as soon as it is done, in any order.

    `held` names, by day, the answers that are kept already, so that only news is asked for. A day that has not begun
    in UTC is not asked for at all. No more days are under way than `settings.concurrency`, so that few bodies are
    in memory at once.
    """
    waiting = iter(days)
    running: set[asyncio.Task[list[Attempt]]] = set()
    async with Client(settings) as client:

        async def one(day: dt.date) -> list[Attempt]:
            if day > clock().date():
                return [make_future_attempt(source, day, clock())]
            return await source.capture(client, settings, source, day, held.get(day, {}), clock)

        # No TaskGroup: one that is left by a `yield` hides every error, and the end of the generator, in a group.
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


async def fetch_index(source: Source, settings: Settings, held: HeldByUrl, clock: Clock = utc_now) -> Attempt | None:
    """Fetch a source's own index, which is kept under the source's first day; None where none is named."""
    url = source.index.find_address(settings) if source.index else None
    if source.index is None or url is None:
        return None
    async with Client(settings) as client:
        question = Question(source=source.name, day=source.first_day, url=url, judge=source.index.judge)
        return await ask(client, question, held, clock)


def make_future_attempt(source: Source, day: dt.date, now: dt.datetime) -> Attempt:
    """Return the attempt for a day in the future, which no source can know."""
    return Attempt(
        source=source.name,
        date=day,
        url="",
        fetched_at=now,
        captured_at=now,
        outcome=Outcome.FUTURE,
        reason=f"{day} has not begun in UTC; nothing was asked",
    )
