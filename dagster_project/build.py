"""A whole build, without Dagster: the steps of `pipeline` for what somebody asked for, and a report of what came of it.

How a step works belongs in `pipeline`; how Dagster shows what came of a build belongs in `defs`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dagster_project import pipeline
from dagster_project.clock import Clock, utc_now
from dagster_project.config import SAMPLE, Settings
from dagster_project.dashboard.page import write_dashboard
from dagster_project.errors import NothingAnsweredError
from dagster_project.lake.home import Home
from dagster_project.pipeline import FetchedDay, ParsedDay
from dagster_project.publish.release import Release
from dagster_project.sources.attempt import Attempt, Outcome
from dagster_project.sources.registry import SOURCES, check_addresses, find_sources
from dagster_project.sources.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """What a build is asked for. Without a source it parses what was fetched before, and publishes that."""

    sources: Sequence[str] = ()
    first: dt.date | None = None
    last: dt.date | None = None
    """Days to ask for; None leaves it to the source's default range."""
    sample: bool = False
    """Build the bundled sample, which all sources read; `sources` is empty then."""
    again: bool = False
    """Read everything again from raw bytes, whatever the lake holds, and publish a new release in any case."""


@dataclass(slots=True)
class SourceReport:
    """What came of one source's days."""

    fetched: dict[dt.date, FetchedDay] = field(default_factory=dict)
    parsed: dict[dt.date, ParsedDay] = field(default_factory=dict)
    index: Attempt | None = None

    @property
    def outcomes(self) -> Counter[str]:
        """Days by how their fetch ended."""
        return Counter(str(day.outcome) for day in self.fetched.values())

    @property
    def days_parsed(self) -> int:
        """Days whose rows are new in the lake."""
        return sum(not day.unchanged for day in self.parsed.values())

    @property
    def rows(self) -> Counter[str]:
        """Rows that were read, by table."""
        counts = Counter[str]()
        for day in self.parsed.values():
            counts.update(day.rows)
        return counts

    @property
    def failures(self) -> dict[str, str]:
        """What failed, by day in order or as `index`, with the reason."""
        days = sorted(self.fetched.items())
        found = {str(day): fetched.reason or "" for day, fetched in days if fetched.outcome is Outcome.FAILED}
        found |= {str(day): parsed.problem for day, parsed in self.parsed.items() if parsed.problem}
        if self.index and self.index.outcome == Outcome.FAILED:
            found["index"] = self.index.reason or ""
        return found


@dataclass(slots=True)
class Built:
    """What came of a build, filled step by step: after an error it tells how far the build got."""

    sources: dict[str, SourceReport] = field(default_factory=dict)
    set_aside: Path | None = None
    """Where the sample was moved when real data took its place."""
    release: Release | None = None
    dashboard: Path | None = None


def build(
    home: Home, settings: Settings, request: BuildRequest, built: Built | None = None, clock: Clock = utc_now
) -> Built:
    """Build a release: fetch, parse, publish where there is news, and write the dashboard. One writer at a time.

    Raises:
        SettingsError: there is no such source, or an address cannot be asked; nothing was done.
        PapersError: the work failed; what was published before stays in use, and `built` tells what was done.
        NothingAnsweredError: no day of any source could be fetched; what there is is published all the same.
    """
    built = built or Built()
    sources = find_sources(request.sources or SOURCES)
    check_addresses(settings)
    with pipeline.writing(home):
        if request.sample or request.sources:
            built.set_aside = home.set_contents("sample" if request.sample else "real")
        if request.sample:
            settings = use_sample(settings)
        for source in sources:
            _load_source(home, settings, source, request, built.sources.setdefault(source.name, SourceReport()), clock)
        built.release = pipeline.publish(home, settings, again=request.again)
        if built.release.is_new or not home.dashboard.exists():
            write_dashboard(home)
        built.dashboard = home.dashboard
    _check_that_any_answered(built)
    return built


def _load_source(
    home: Home, settings: Settings, source: Source, request: BuildRequest, done: SourceReport, clock: Clock
) -> None:
    """Take the days of one source that a build is asked for into the lake."""
    if request.sample:
        days = [day for day in list_sample_days(source) if _is_within(day, request.first, request.last)]
    elif request.sources:
        days = _choose_days(source, request, clock().date())
    else:
        days = None
    if days is not None:
        done.fetched = pipeline.fetch(home, settings, source.name, days, clock)
        if not request.sample and any(day <= clock().date() for day in days):
            done.index = pipeline.fetch_source_index(home, settings, source.name, clock)
    pipeline.parse_source_index(home, source.name)
    if request.again:
        stale = list(pipeline.list_captures(home, source.name))
    else:
        stale = list(pipeline.list_stale_days(home, source.name, days))
    done.parsed = pipeline.parse(
        home,
        source.name,
        stale,
        again=request.again,
        processes=settings.workers,
        spark_master=settings.used_spark_master,
    )


def _choose_days(source: Source, request: BuildRequest, today: dt.date) -> list[dt.date]:
    first, last = source.default_range(today)
    first, last = max(request.first or first, source.first_day), request.last or last
    return [first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def _is_within(day: dt.date, first: dt.date | None, last: dt.date | None) -> bool:
    return (first or day) <= day <= (last or day)


def use_sample(settings: Settings) -> Settings:
    """Return settings under which every source reads the bundled sample."""
    addresses = {source.addresses[0].name: f"{SAMPLE.as_uri()}/{source.sample}" for source in SOURCES.values()}
    return settings.model_copy(update={"addresses": addresses, "requests_per_second": 10_000})


def list_sample_days(source: Source) -> list[dt.date]:
    """Return the days of a source that the bundled sample holds."""
    form = source.sample.replace("{date:", "").replace("}", "")
    days = set[dt.date]()
    for place in (SAMPLE / source.sample.partition("/")[0]).rglob("*"):
        try:
            days.add(dt.datetime.strptime(place.relative_to(SAMPLE).as_posix(), form).date())
        except ValueError:  # a folder above the days, or a capture below one
            continue
    return sorted(days)


def _check_that_any_answered(built: Built) -> None:
    outcomes = Counter[str]()
    for source in built.sources.values():
        outcomes += source.outcomes
    if outcomes and set(outcomes) == {str(Outcome.FAILED)}:
        name, source = next((name, source) for name, source in built.sources.items() if source.failures)
        day, reason = next(iter(source.failures.items()))
        raise NothingAnsweredError(
            f"none of {outcomes.total()} days could be fetched; {name} {day}: {reason}. See: papers status"
        )
