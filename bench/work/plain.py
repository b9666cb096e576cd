"""The work of a `papers build` through `pipeline`, in a process that knows nothing of Dagster."""

import datetime as dt
from pathlib import Path

from bench.meter import Result, Stopwatch
from bench.sizes import Size
from dagster_project import pipeline
from dagster_project.config import load_settings
from dagster_project.dashboard.page import write_dashboard
from dagster_project.lake.home import Home
from dagster_project.sources.attempt import Source
from dagster_project.sources.fetch import SOURCES


def build(size: str, home: str) -> list[Result]:
    """Fetch, parse, publish and write the dashboard."""
    place, settings = Home(Path(home)), load_settings(home=home)
    with Stopwatch() as watch, pipeline.writing(place):
        place.settle("real")
        for source, days in days_asked(size).items():
            pipeline.fetch(place, settings, source, days)
            pipeline.parse(place, source, days, processes=settings.workers)
        published = pipeline.publish(place, settings)
        write_dashboard(place)
    return [watch.told("plain", published.rows["fact_listing"], "entries")]


def days_asked(size: str) -> dict[Source, list[dt.date]]:
    """Return the days that `papers build` asks for: of the sample those that are there, else a whole range."""
    days = Size(size).days
    if size == "sample":
        return dict(days)
    return {source: _range(max(span(size)[0], SOURCES[source].FIRST_DAY), span(size)[1]) for source in days}


def _range(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def span(size: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a size's digests."""
    days = Size(size).days["digest"]
    return days[0], days[-1]
