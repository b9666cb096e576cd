"""Many days of one source, fetched side by side and handed on as each is done.

One day's trouble stays that day's: it becomes an attempt with the outcome `failed`.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Iterable, Mapping

from dagster_project.clock import Clock, utc_now
from dagster_project.config import Settings
from dagster_project.sources import digest, huggingface
from dagster_project.sources.attempt import Attempt, HeldByUrl, Outcome, Source
from dagster_project.sources.client import Client

SOURCES = {"digest": digest, "huggingface": huggingface}


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
                return [not_yet(source, day, clock())]
            return await SOURCES[source].capture(client, settings, day, held.get(day, {}), clock)

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


async def fetch_index(settings: Settings, url: str, held: HeldByUrl, clock: Clock = utc_now) -> Attempt:
    """Fetch the digest archive's own index."""
    async with Client(settings) as client:
        return await digest.capture_index(client, url, held, clock)


def not_yet(source: Source, day: dt.date, now: dt.datetime) -> Attempt:
    """Return the attempt for a day in the future, which no source can know."""
    return Attempt(
        source=source,
        date=day,
        url="",
        fetched_at=now,
        captured_at=now,
        outcome=Outcome.FUTURE,
        reason=f"{day} has not begun in UTC; nothing was asked",
    )
