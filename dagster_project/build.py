"""Runs a whole build without Dagster: the steps of `pipeline` for the requested days, and a report of the results.

The steps themselves belong in `pipeline`; the events that Dagster shows belong in `defs`.
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
from dagster_project.errors import NothingAnsweredError, SettingsError
from dagster_project.lake.files import storage_errors
from dagster_project.lake.held import list_held
from dagster_project.lake.home import Contents, Home
from dagster_project.lake.last_build import note_failure
from dagster_project.lake.purge import read_task
from dagster_project.pipeline import FetchedDay, ParsedDay, ReadArchive
from dagster_project.progress import warn
from dagster_project.publish.release import Release
from dagster_project.sources.archives import Archive, find_archives
from dagster_project.sources.attempt import Attempt, Outcome
from dagster_project.sources.registry import ASKED, SOURCES, check_addresses, find_sources
from dagster_project.sources.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """The request for a build. Without a source, the build parses and publishes the captures that the home holds."""

    sources: Sequence[str] = ()
    archives: Sequence[str] | None = None
    """Names of archives whose history is read; none named means all of the list, and None means no archive."""
    first: dt.date | None = None
    last: dt.date | None = None
    """First and last day to fetch; None means the source's default range, and for an archive all days."""
    sample: bool = False
    """Build the bundled sample of all sources and archives; `sources` must be empty, and `archives` None."""
    refetch: bool = False
    """Ask for the days again: no request is conditional, and of an archive all of the history is read."""
    rebuild: bool = False
    """Parse all raw bytes again, even if the lake holds their rows, and always publish a new release."""

    @property
    def contents(self) -> Contents:
        """Return what the home holds once a paper has come."""
        return "sample" if self.sample else "real"

    @property
    def asks(self) -> bool:
        """Whether anybody is asked for captures."""
        return self.sample or bool(self.sources) or self.archives is not None


@dataclass(slots=True)
class SourceReport:
    """The results of a build for one source, by day."""

    fetched: dict[dt.date, FetchedDay] = field(default_factory=dict)
    parsed: dict[dt.date, ParsedDay] = field(default_factory=dict)
    index: Attempt | None = None

    @property
    def outcomes(self) -> Counter[str]:
        """The number of days with each outcome."""
        return Counter(str(day.outcome) for day in self.fetched.values())

    @property
    def days_parsed(self) -> int:
        """The number of days whose rows were written to the lake."""
        return sum(not day.unchanged for day in self.parsed.values())

    @property
    def rows(self) -> Counter[str]:
        """The number of parsed rows, by table."""
        counts = Counter[str]()
        for day in self.parsed.values():
            counts.update(day.rows)
        return counts

    @property
    def failures(self) -> dict[str, str]:
        """The reason of each failure, by day in order; that of the source's index under `index`."""
        days = sorted(self.fetched.items())
        found = {str(day): fetched.reason or "" for day, fetched in days if fetched.outcome is Outcome.FAILED}
        found |= {str(day): parsed.problem for day, parsed in self.parsed.items() if parsed.problem}
        if self.index and self.index.outcome == Outcome.FAILED:
            found["index"] = self.index.reason or ""
        return found


@dataclass(slots=True)
class Built:
    """The results of a build, filled step by step: after an error it shows how far the build got."""

    sources: dict[str, SourceReport] = field(default_factory=dict)
    archives: dict[str, ReadArchive] = field(default_factory=dict)
    set_aside: Path | None = None
    """The folder to which the sample was moved when real data replaced it."""
    keeps_sample: bool = False
    """Whether the home still holds the sample, since no paper came from any source."""
    release: Release | None = None
    dashboard: Path | None = None
    removed_runs: int = 0
    """The number of runs that Dagster's history had kept for long enough."""


def build(
    home: Home, settings: Settings, request: BuildRequest, built: Built | None = None, clock: Clock = utc_now
) -> Built:
    """Fetch, parse, publish if anything is new, write the dashboard, and return the results. One writer at a time.

    Raises:
        SettingsError: a source or an archive is unknown, an address is not usable, or the requested range holds no day
            that any of them could have; nothing was done.
        PapersError: the work failed; the previous release stays in use, and `built` holds the results so far.
        NothingAnsweredError: no day of any source could be fetched; what the home holds was published all the same.
    """
    built = built or Built()
    check_addresses(settings)
    if request.sample:
        settings = use_sample(settings)
    names = request.sources if request.sources or request.archives is not None else ASKED
    sources, archives = find_sources(names), []
    if request.sample or request.archives is not None:
        archives = find_archives(settings, request.archives or ())
    _check_range(request, sources, archives, clock().date())
    with pipeline.lock_for_writing(home), note_failure(home, clock):
        _warn_of_files(home)
        if request.asks:
            home.prepare(request.contents)
        aside = home.find_set_aside()
        for archive in archives:
            built.archives[archive.name] = pipeline.read_archive(
                home,
                settings,
                archive,
                request.first,
                request.last,
                clock,
                refetch=request.refetch,
                contents=request.contents,
            )
        for source in sources:
            _fetch_source(home, settings, source, request, built.sources.setdefault(source.name, SourceReport()), clock)
        built.set_aside = next((folder for folder in home.find_set_aside() if folder not in aside), None)
        built.keeps_sample = request.asks and home.read_contents() != request.contents
        for source in SOURCES.values():
            if request.asks and source in sources:
                _ask_for_papers(home, settings, source, request, built.sources[source.name], clock)
            report = built.sources.get(source.name) or SourceReport()
            of_archives = (read.days for read in built.archives.values() if read.source == source.name)
            days = sorted({*report.fetched}.union(*of_archives)) if request.asks else None
            # An upgrade may have changed how the days of the other sources are parsed.
            report.parsed = _parse_source(home, settings, source, days, again=request.rebuild)
            if report.parsed:
                built.sources[source.name] = report
        built.release = pipeline.publish(home, settings, again=request.rebuild)
        if built.release.is_new or not home.dashboard.exists():
            write_dashboard(home)
        built.dashboard = home.dashboard
    _check_that_any_answered(built)
    return built


def request_held(home: Home, settings: Settings, first: dt.date | None, last: dt.date | None) -> BuildRequest:
    """Return the request for the sources that a home holds, and for the archives that it holds and that are listed.

    If the home holds the sample, or nothing, that is the sample.

    Raises:
        SettingsError: the sample would be built for a range of days, or the list of archives is not valid.
        DiskError: the disk or the bucket of the home refused an operation.
    """
    with storage_errors(home.root):
        sources, archives = list_held(home, settings)
    if sources or archives:
        return BuildRequest(sources=sources, archives=archives or None, first=first, last=last)
    if first or last:
        raise SettingsError(
            f"{home.root} holds no real data, so --from and --to need a source: add --source {next(iter(ASKED))}"
        )
    return BuildRequest(sample=True)


def _warn_of_files(home: Home) -> None:
    """Warn of files of others among ours, and of those that a purge has not reached."""
    if strangers := home.list_strangers():
        warn(f"{len(strangers)} files that papers did not write are passed over: {strangers[0]} is the first")
    if read_task(home):
        warn("a purge was stopped half-way, so files may still name its paper: type its command again")


def _fetch_source(
    home: Home, settings: Settings, source: Source, request: BuildRequest, done: SourceReport, clock: Clock
) -> None:
    """Fetch the requested days of a source that is asked for days."""
    if source.capture is None:
        return
    if request.sample:
        days = [day for day in list_sample_days(source) if _is_within(day, request.first, request.last)]
    elif request.sources:
        days = _choose_days(source, request, clock().date())
    else:
        return
    done.fetched = pipeline.fetch(
        home, settings, source.name, days, clock, refetch=request.refetch, contents=request.contents
    )
    if not request.sample and home.read_contents() == "real" and any(day <= clock().date() for day in days):
        done.index = pipeline.fetch_source_index(home, settings, source.name, clock)


def _ask_for_papers(
    home: Home, settings: Settings, source: Source, request: BuildRequest, done: SourceReport, clock: Clock
) -> None:
    """Ask a source that is asked for papers for those that the lake holds; other sources are parsed before it."""
    if source.descriptions is None:
        return
    papers = pipeline.list_undescribed(home, source, clock(), request.first, request.last, again=request.refetch)
    if not source.address(settings).startswith("file:"):
        minutes = len(papers) / source.descriptions.at_once * source.descriptions.pause / 60
        if minutes >= 1:
            warn(
                f"{source.name} is asked for {len(papers):,} papers, which takes about {minutes:.0f} minutes at the "
                "pace that it allows; if this is stopped, the next build asks for the rest"
            )
    if papers:
        done.fetched = pipeline.fetch_papers(home, settings, source, papers, clock, contents=request.contents)


def _parse_source(
    home: Home, settings: Settings, source: Source, days: list[dt.date] | None, *, again: bool = False
) -> dict[dt.date, pipeline.ParsedDay]:
    """Parse the index and the stale days among `days`, or with `again` all days; return the result of each day."""
    pipeline.parse_source_index(home, source.name)
    return pipeline.parse(
        home,
        source.name,
        None if again else days,
        again=again,
        processes=settings.workers,
        spark_master=settings.used_spark_master,
    )


def _check_range(request: BuildRequest, sources: Sequence[Source], archives: Sequence[Archive], today: dt.date) -> None:
    """Warn of each source or archive that begins within the requested range, or after it.

    Raises:
        SettingsError: the range ends before all of them begin, begins after today, or holds no day of the sample.
    """
    first, last = request.first, request.last
    if request.sample:
        days = [day for source in sources for day in list_sample_days(source)]
        if not any(_is_within(day, first, last) for day in days):
            raise SettingsError(f"the sample holds no day of that range; its days are {min(days)} to {max(days)}")
        return
    begins = {source.name: source.first_day for source in sources if request.sources}
    begins |= {archive.name: archive.source.first_day for archive in archives}
    if last and begins and last < min(begins.values()):
        listed = ", ".join(f"{name} ({day})" for name, day in begins.items())
        raise SettingsError(f"no source has days up to {last}; choose a later last day than the first of {listed}")
    if first and first > (last or today):
        raise SettingsError(f"{first} comes after {last or today}, the last day; name a later last day")
    for name, begin in begins.items():
        if (first and first < begin) or (last and last < begin):
            warn(f"{name} begins on {begin}; it is not asked for days before")


def _choose_days(source: Source, request: BuildRequest, today: dt.date) -> list[dt.date]:
    last = request.last or today
    first = max(request.first or source.default_range(min(last, today))[0], source.first_day)
    return [first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def _is_within(day: dt.date, first: dt.date | None, last: dt.date | None) -> bool:
    return (first or day) <= day <= (last or day)


def use_sample(settings: Settings) -> Settings:
    """Return settings that make every source, and the list of archives, that of the bundled sample."""
    addresses = {source.addresses[0].name: f"{SAMPLE.as_uri()}/{source.sample}" for source in ASKED.values()}
    return settings.model_copy(update={"addresses": addresses, "archives": SAMPLE / "archives.toml"})


def list_sample_days(source: Source) -> list[dt.date]:
    """Return the days of a source that the bundled sample holds."""
    form = source.sample.replace("{date:", "").replace("}", "")
    days = set[dt.date]()
    for place in (SAMPLE / source.sample.partition("/")[0]).rglob("*"):
        try:
            days.add(dt.datetime.strptime(place.relative_to(SAMPLE).as_posix(), form).date())
        except ValueError:  # a folder above the days, or a capture below a day
            continue
    return sorted(days)


def _check_that_any_answered(built: Built) -> None:
    outcomes = Counter[str]()
    for source in built.sources.values():
        outcomes += source.outcomes
    problems = [read.problem for read in built.archives.values() if read.problem]
    read_none = len(problems) == len(built.archives)
    if outcomes and set(outcomes) == {str(Outcome.FAILED)} and read_none:
        name, source = next((name, source) for name, source in built.sources.items() if source.failures)
        day, reason = next(iter(source.failures.items()))
        raise NothingAnsweredError(
            f"none of {outcomes.total()} days could be fetched; {name} {day}: {reason}. See: papers status"
        )
    if problems and read_none and not outcomes:
        raise NothingAnsweredError(f"no archive could be read; {problems[0]}")
