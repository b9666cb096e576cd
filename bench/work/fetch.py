"""Fetching from the loopback server: as the program does it, and as bare httpx does."""

import statistics
from collections.abc import Sequence
from pathlib import Path

import httpx

from bench.meter import Result, Stopwatch
from bench.sizes import Size
from bench.work.fill import new_days
from dagster_project import pipeline
from dagster_project.config import load_settings
from dagster_project.lake.home import Home
from dagster_project.sources.attempt import Outcome

GOOD = {Outcome.FETCHED, Outcome.UNCHANGED, Outcome.EMPTY}


def fetch(size: str, home: str) -> list[Result]:
    """Fetch every day of a size into a home."""
    settings, place, days = load_settings(home=home), Home(Path(home)), Size(size).days
    fetched: list[pipeline.FetchedDay] = []
    with Stopwatch() as watch:
        for source, of_source in days.items():
            fetched += pipeline.fetch(place, settings, source, of_source).values()
    if bad := [day for day in fetched if day.outcome not in GOOD]:
        raise RuntimeError(f"{len(bad)} of {len(fetched)} days were not fetched: {bad[0].outcome}, {bad[0].reason}")
    return [watch.told("fetch", len(fetched), "days", bytes=sum(day.size for day in fetched))]


def bare(size: str) -> list[Result]:
    """Ask for the same days with one plain client, one after the other, and drop the answers."""
    settings = load_settings()
    days = Size(size).days
    urls = [settings.digest_url.format(date=day) for day in days["digest"]]
    urls += [f"{settings.huggingface_url}?date={day}&limit=100" for day in days.get("huggingface", [])]
    return [_get(urls).told("bare httpx", len(urls), "days")]


def bare_again(file: str) -> list[Result]:
    """Ask for all addresses in a file, a line each, in the same way."""
    urls = Path(file).read_text(encoding="utf-8").splitlines()
    return [_get(urls).told("bare httpx, all that a build asks for", len(urls), "requests")]


def _get(urls: Sequence[str]) -> Stopwatch:
    with Stopwatch() as watch, httpx.Client() as client:
        for url in urls:
            client.get(url)
    return watch


def new_day(home: str, name: str) -> list[Result]:
    """Fetch and parse one further day, a few times: other days, the first to warm up, the median of the rest."""
    settings, place = load_settings(home=home), Home(Path(home))
    took: dict[str, list[Stopwatch]] = {"fetch": [], "parse": []}
    for day in new_days():
        with Stopwatch() as watch:
            fetched = pipeline.fetch(place, settings, "digest", [day])
        if fetched[day].outcome is not Outcome.FETCHED:
            raise RuntimeError(f"{day} is no news: {fetched[day].outcome}")
        took["fetch"].append(watch)
        with Stopwatch() as watch:
            pipeline.parse(place, "digest", [day], processes=settings.workers)
        took["parse"].append(watch)
    return [_median(f"{step}, {name}", watches[1:]) for step, watches in took.items()]


def _median(name: str, watches: list[Stopwatch]) -> Result:
    middle = Stopwatch()
    middle.wall = statistics.median(watch.wall for watch in watches)
    middle.cpu = statistics.median(watch.cpu for watch in watches)
    return middle.told(name, 1, "day", times=len(watches))
