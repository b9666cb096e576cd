"""Judges whether a home is well: reads what is known of it, and names each problem with what to do about it.

It is for machines that ask often, so it imports neither Dagster nor Polars, and reads the release, the fetch log and
one small file with DuckDB alone. How a judgement is written belongs in `dagster_project.status_formats`.
"""

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

import duckdb

from dagster_project.clock import Clock, utc_now
from dagster_project.config import ACCEPTED, Settings
from dagster_project.errors import ReleaseError
from dagster_project.lake.files import REGISTRY, find_bucket, list_parquet, scan, storage_errors
from dagster_project.lake.home import RELEASE_ID, Home
from dagster_project.lake.last_build import LastBuild, read_last_build
from dagster_project.publish.reader import describe_release, open_release

Kind = Literal["release", "age", "build", "clock", "source", "check", "disk"]
"""What a problem is about."""
TOLERANCE = dt.timedelta(minutes=5)
"""How far ahead a time may be: clocks of two machines differ."""
ATTEMPTS = """
SELECT
    source,
    max(fetched_at) AS newest,
    max(fetched_at) FILTER (fetched_at <= $now) AS asked_at,
    max(fetched_at) FILTER (fetched_at <= $now AND outcome <> 'failed') AS answered_at,
    max_by(outcome, fetched_at) FILTER (fetched_at <= $now) AS outcome,
    max_by(reason, fetched_at) FILTER (fetched_at <= $now AND outcome = 'failed') AS reason,
    max(date) FILTER (
        fetched_at <= $now AND outcome IN ('fetched', 'unchanged', 'incomplete') AND coalesce(items, 1) > 0
    ) AS newest_day
FROM attempt
WHERE coalesce(archive, 'own') = 'own' AND outcome <> 'future'
GROUP BY source
ORDER BY source
"""
"""A row for each source that was asked; what is said to be of the future counts for its newest time alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFacts:
    """The result of a check of the release in use."""

    name: str
    severity: str
    broken_rows: int
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """The release in use; `rows` counts the rows of its tables, and `checks` is None where they cannot be read here."""

    release_id: str
    built_at: dt.datetime
    contents: str
    size: int
    rows: dict[str, int] = field(default_factory=dict)
    checks: Sequence[CheckFacts] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """What came of asking a source; None is never."""

    source: str
    newest: dt.datetime
    """When it was asked last, by whatever clock: it may be ahead of now."""
    asked_at: dt.datetime | None
    answered_at: dt.datetime | None
    """When it last answered, if only that it has nothing for a day."""
    outcome: str | None
    """How the newest attempt ended."""
    reason: str | None
    """Why the newest failure failed."""
    newest_day: dt.date | None
    """The newest day of which it listed papers."""
    names_days: bool = True
    """Whether it is asked for days. If not, it is asked only when there are papers to ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of a home at a time. Times are UTC without a zone, sizes are bytes."""

    home: str
    now: dt.datetime
    release: ReleaseFacts | None
    reason: str | None = None
    """Why there is no release, or why it cannot be read."""
    last_build: LastBuild = field(default_factory=LastBuild)
    sources: Sequence[SourceFacts] = ()
    log_problem: str | None = None
    """Why the fetch log cannot be read."""
    free: int
    """Free space on the disk of the home, or of its local folder."""

    @property
    def is_sample(self) -> bool:
        """Whether the home holds the sample, which never has news."""
        return self.release is not None and self.release.contents == "sample"

    @property
    def confirmed_at(self) -> dt.datetime | None:
        """When the release was last confirmed: by a build without news, or when it was built. No time ahead counts."""
        built = self.release.built_at if self.release else None
        times = [time for time in (built, self.last_build.confirmed_at) if time and time <= self.now + TOLERANCE]
        return max(times, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From when on a fact is a problem."""

    max_age: dt.timedelta
    max_silence: dt.timedelta
    max_quiet: dt.timedelta
    min_free: int
    accepted: Mapping[str, float] = field(default_factory=dict)
    """Checks and sources whose problems are known: how many rows may break the rule of a check."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the limits that the settings name."""
        return cls(
            max_age=dt.timedelta(hours=settings.max_age),
            max_silence=dt.timedelta(days=settings.max_silence),
            max_quiet=dt.timedelta(days=settings.max_quiet),
            min_free=settings.min_free,
            accepted={name: float(rows or "inf") for name, rows in ACCEPTED.findall(settings.accepted) if name},
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong: what it is about, the name of the source or check, and one line with what to do."""

    kind: Kind
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Health:
    """The judgement on a home. `needed` is the free space in bytes that it should have."""

    facts: Facts
    problems: Sequence[Problem]
    needed: int

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def examine(home: Home, settings: Settings, clock: Clock = utc_now) -> Health:
    """Return the judgement on a home.

    Raises:
        DiskError: the disk or the bucket of the home cannot be read.
    """
    return judge(read_facts(home, clock()), Limits.from_settings(settings))


def judge(facts: Facts, limits: Limits) -> Health:
    """Return the judgement on facts."""
    needed = max(limits.min_free, 2 * facts.release.size if facts.release else 0)
    found = (
        *_judge_release(facts),
        *_judge_age(facts, limits),
        *_judge_build(facts),
        *_judge_clock(facts),
        *_judge_sources(facts, limits),
        *_judge_checks(facts, limits),
        *_judge_disk(facts, needed),
    )
    return Health(facts, found, needed)


def _judge_release(facts: Facts) -> Iterator[Problem]:
    if facts.release is None:
        yield Problem("release", "release", facts.reason or "there is no release; make one with: papers build")


def _judge_age(facts: Facts, limits: Limits) -> Iterator[Problem]:
    if facts.release is None or facts.is_sample:
        return
    confirmed = facts.confirmed_at
    if confirmed is None:  # its only times are ahead of now, which is said below
        return
    if (age := facts.now - confirmed) > limits.max_age:
        yield Problem(
            "age",
            "release",
            f"no build has confirmed the release for {format_span(age)}, since {format_time(confirmed)}; look for what "
            "stopped the builds, then: papers build",
        )


def _judge_build(facts: Facts) -> Iterator[Problem]:
    if problem := facts.last_build.problem:
        ended = facts.last_build.ended_at
        when = f", {format_time(ended)}," if ended else ""
        yield Problem(
            "build", "build", f"the newest build{when} failed: {problem}; when that is put right: papers build"
        )


def _judge_clock(facts: Facts) -> Iterator[Problem]:
    """Yield a problem for each time ahead of now: what is reckoned from it would never be late."""
    times = {"the newest build ended": facts.last_build.ended_at}
    if facts.release:
        times["the release in use was built"] = facts.release.built_at
    times |= {f"{source.source} was asked": source.newest for source in facts.sources}
    for what, time in times.items():
        if time and time > facts.now + TOLERANCE:
            yield Problem(
                "clock",
                "clock",
                f"{what} at {format_time(time)}, which is {format_span(time - facts.now)} ahead of this machine's "
                "clock; set the clock right, then: papers build --offline",
            )


def _judge_sources(facts: Facts, limits: Limits) -> Iterator[Problem]:
    if facts.log_problem:
        yield Problem("source", "log", f"the fetch log cannot be read: {facts.log_problem}; see: papers build")
    if facts.is_sample:
        return
    for source in facts.sources:
        name, answered = source.source, source.answered_at
        if name in limits.accepted:
            continue
        silence = facts.now - answered if answered else None
        since = f"for {format_span(silence)}, since {format_time(answered)}" if silence and answered else "so far"
        if silence is None or silence > limits.max_silence:
            if source.outcome == "failed":
                said = f"{name} has not answered {since}: {source.reason or 'the request failed'}; see: papers status"
                yield Problem("source", name, said)
            elif source.names_days:
                said = f"{name} has not been asked {since}; switch its schedule on, or: papers build --source {name}"
                yield Problem("source", name, said)
        elif source.names_days and source.newest_day:
            quiet = facts.now.date() - source.newest_day
            if quiet > limits.max_quiet:
                yield Problem(
                    "source",
                    name,
                    f"{name} answers, but has listed no papers for {quiet.days} days, since {source.newest_day}; see "
                    f"whether it has moved: papers sql \"FROM meta_fetch WHERE source = '{name}' ORDER BY fetched_at "
                    'DESC"',
                )


def _judge_checks(facts: Facts, limits: Limits) -> Iterator[Problem]:
    for check in (facts.release.checks if facts.release else None) or ():
        if check.broken_rows > limits.accepted.get(check.name, 0):
            rows = f"{check.broken_rows:,} row{'s' * (check.broken_rows != 1)}"
            yield Problem(
                "check",
                check.name,
                f"the check {check.name} failed on {rows}: {check.description.partition('. ')[0].rstrip('.')}; see: "
                f"papers status --all; if it may stay so, add {check.name}={check.broken_rows} to PAPERS_ACCEPTED",
            )


def _judge_disk(facts: Facts, needed: int) -> Iterator[Problem]:
    if facts.free < needed:
        yield Problem(
            "disk",
            "disk",
            f"the disk of {facts.home} has {facts.free / 1e9:.2f} GB free, less than {needed / 1e9:.2f} GB; free some "
            "space, or: papers tidy",
        )


def format_time(time: dt.datetime) -> str:
    """Return a time as people read it."""
    return f"{time:%Y-%m-%d %H:%M} UTC"


def format_span(span: dt.timedelta) -> str:
    """Return a span in the unit in which people would say it."""
    hours = span / dt.timedelta(hours=1)
    if hours < 2:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"


def read_facts(home: Home, now: dt.datetime) -> Facts:
    """Return all that is known of a home at `now` (UTC).

    Raises:
        DiskError: the disk or the bucket of the home cannot be read.
    """
    with storage_errors(home.root):
        reason = None
        try:
            release = _read_shared_release(home) if home.is_shared else _read_release(home)
        except ReleaseError as error:
            release, reason = None, str(error)
        sources, log_problem = list[SourceFacts](), None
        if (release.contents if release else home.read_contents()) == "real":
            try:
                sources = _read_sources(home, now)
            except duckdb.Error as error:
                log_problem = str(error).splitlines()[0]
        return Facts(
            home=str(home.root),
            now=now,
            release=release,
            reason=reason,
            last_build=read_last_build(home),
            sources=sources,
            log_problem=log_problem,
            free=shutil.disk_usage(_find_existing(home.local)).free,
        )


def _find_existing(folder: Path) -> Path:
    """Return a folder, or the one above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _read_release(home: Home) -> ReleaseFacts:
    """Return the facts of the release in use on this machine.

    Raises:
        ReleaseError: there is none, or it cannot be read.
    """
    with open_release(home) as connection:
        used = describe_release(connection)
        if used is None:
            raise ReleaseError(f"{home.warehouse} does not say what it is; make it again with: papers build --offline")
        size = home.warehouse.stat().st_size
    checks = [
        CheckFacts(
            name=result.check.name,
            severity=result.check.severity,
            broken_rows=result.broken_rows,
            description=result.check.description,
        )
        for result in used.checks
    ]
    return ReleaseFacts(
        release_id=used.release_id,
        built_at=used.built_at,
        contents=used.contents,
        size=size,
        rows=used.rows,
        checks=checks,
    )


def _read_shared_release(home: Home) -> ReleaseFacts:
    """Return the facts of the release in use in a bucket: all of them if it was pulled, otherwise what its name says.

    Raises:
        ReleaseError: there is none, or the one that was pulled cannot be read.
    """
    from dagster_project.publish.shared import read_pointer

    pointer = read_pointer(home)
    if pointer is None:
        raise ReleaseError(f"nothing was published in {home.root}; do so with: papers build --home {home.root}")
    if home.read_current() == pointer.release and home.warehouse.exists():
        return _read_release(home)
    stamp = pointer.release.partition("-")[0] if RELEASE_ID.fullmatch(pointer.release) else "19700101T000000"
    built_at = dt.datetime.strptime(stamp, "%Y%m%dT%H%M%S")
    contents = home.read_contents()
    return ReleaseFacts(release_id=pointer.release, built_at=built_at, contents=contents, size=pointer.size)


def _read_sources(home: Home, now: dt.datetime) -> list[SourceFacts]:
    """Return what came of asking each source that this home asked itself.

    Raises:
        duckdb.Error: a file of the fetch log cannot be read.
    """
    log = list_parquet(home.fetch_log)
    if not log:
        return []
    with closing(duckdb.connect()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        _register(connection, "logged", log)
        # Files of an older release lack the column.
        connection.execute(
            "CREATE VIEW attempt AS FROM logged UNION ALL BY NAME SELECT CAST(NULL AS VARCHAR) AS archive WHERE FALSE"
        )
        unnamed = set[str]()
        if registry := [file for file in list_parquet(home.lake / "source", "all") if file.stem == REGISTRY]:
            _register(connection, "registry", registry)
            unnamed = {
                name for (name,) in connection.execute("SELECT source FROM registry WHERE NOT names_days").fetchall()
            }
        rows = connection.execute(ATTEMPTS, {"now": now + TOLERANCE}).fetchall()
    return [
        SourceFacts(
            source=source,
            newest=newest,
            asked_at=asked_at,
            answered_at=answered_at,
            outcome=outcome,
            reason=reason,
            newest_day=newest_day,
            names_days=source not in unnamed,
        )
        for source, newest, asked_at, answered_at, outcome, reason, newest_day in rows
    ]


def _register(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path]) -> None:
    """Register Parquet files as a view; those of a bucket are loaded."""
    if find_bucket(files[0]) is None:
        read = connection.read_parquet([str(file) for file in files], union_by_name=True, hive_partitioning=False)
        read.create_view(name)
    else:
        connection.register(name, scan(files).collect().to_arrow())
