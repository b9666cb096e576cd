"""A build as a person asks for it: the sources' jobs in turn, in this process, and what came of them.

Printing it belongs in `cli`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_project import pipeline
from dagster_project.defs.ingest import FIRST_DAY, SampleDays
from dagster_project.defs.instance import open_instance
from dagster_project.defs.jobs import VOTES_SETTLE, range_tags
from dagster_project.defs.location import code_location
from dagster_project.defs.papers import AGAIN, Papers
from dagster_project.defs.warehouse import RELEASE, ROW_COUNT
from dagster_project.errors import NothingAnsweredError
from dagster_project.lake.home import Home
from dagster_project.lake.tables import TABLES
from dagster_project.publish.release import release_without_news
from dagster_project.sources.attempt import Outcome, Source

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


FETCHED: dict[Source, list[dg.AssetKey]] = {
    "digest": [dg.AssetKey("raw_digest"), dg.AssetKey("lake_index")],
    "huggingface": [dg.AssetKey("raw_huggingface")],
}
"""What a build takes from each source before its days are read."""


@dataclass(slots=True)
class SourceSummary:
    """What came of one source's days: days by outcome, days read anew, rows by table, and the days that failed."""

    outcomes: Counter[str] = field(default_factory=Counter)
    parsed: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Built:
    """What came of a build."""

    sources: dict[str, SourceSummary] = field(default_factory=dict)
    set_aside: Path | None = None
    release: str = ""
    dashboard: str = ""
    is_new: bool = False
    rows: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def warn(self, check: str, broken_rows: object) -> None:
        """Note a check that failed, but did not stop the release."""
        self.warnings.append(f"{check}: {broken_rows} rows")


def default_range(source: Source, today: dt.date) -> tuple[dt.date, dt.date]:
    """Return the days that a build takes when it is told none.

    The digests' archive is cheap to ask again, so all of it; the API counts its callers' requests, so the two weeks
    in which votes move.
    """
    return (FIRST_DAY[source] if source == "digest" else today - VOTES_SETTLE), today


def build(papers: Papers, sources: Sequence[Source], first: dt.date | None, last: dt.date | None) -> Built:
    """Take the days from `first` to `last` of each source to a published release.

    Raises:
        PapersError: the work failed; what was published before stays in use.
        NothingAnsweredError: no day of any source could be fetched; that much is published.
    """
    built, home = Built(), papers.home()
    today = dt.datetime.now(dt.UTC).date()
    with pipeline.writing(home):
        built.set_aside = home.settle("real")
    location = code_location(papers)
    with open_instance(home.dagster) as instance:
        for source in sources:
            since, until = default_range(source, today)
            since, until = max(first or since, FIRST_DAY[source]), last or until
            built.sources[source] = SourceSummary()
            _note_future(home, source, max(since, today + dt.timedelta(days=1)), until, built)
            if since <= min(until, today):
                asked = _days(since, min(until, today))
                tags = range_tags(asked[0], asked[-1])
                _run(location, instance, source, built, tags=tags, only=FETCHED[source])
                _read(home, location, instance, source, built, asked)
        _publish(home, location, instance, built)
    _raise_if_all_failed(built)
    return built


def build_sample(papers: Papers, first: dt.date | None, last: dt.date | None) -> Built:
    """Take the bundled sample to a published release."""
    built = Built()
    days = SampleDays(first=str(first or dt.date.min), last=str(last or dt.date.max))
    with open_instance(papers.home().dagster) as instance:
        config = {"ops": {"lake_sample": {"config": days.model_dump()}}}
        _run(code_location(papers), instance, "sample", built, config=config)
    return built


def rebuild(papers: Papers) -> Built:
    """Read all that was ever fetched into the lake, whatever it holds, and publish that; ask no source."""
    built, home, location = Built(), papers.home(), code_location(papers)
    with open_instance(home.dagster) as instance:
        for source in FIRST_DAY:
            built.sources[source] = SourceSummary()
            if days := list(pipeline.answered_days(home, source)):
                tags = range_tags(min(days), max(days)) | {AGAIN: "true"}
                _run(location, instance, source, built, tags=tags, only=[dg.AssetKey(f"lake_{source}")])
        with pipeline.writing(home):
            pipeline.parse_archive_index(home)
        _run(location, instance, "publish", built, tags={AGAIN: "true"})
    return built


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def _read(
    home: Home,
    location: dg.Definitions,
    instance: dg.DagsterInstance,
    source: Source,
    built: Built,
    among: list[dt.date],
) -> None:
    """Read the days that the lake does not hold yet; after a fetch without news there are none, and no run."""
    if days := list(pipeline.stale_days(home, source, among)):
        tags = range_tags(days[0], days[-1])
        _run(location, instance, source, built, tags=tags, only=[dg.AssetKey(f"lake_{source}")])


def _publish(home: Home, location: dg.Definitions, instance: dg.DagsterInstance, built: Built) -> None:
    """Publish what is new; where nothing is, there is no run."""
    with pipeline.writing(home):
        used = release_without_news(home)
    if used is None or not home.dashboard.exists():
        _run(location, instance, "publish", built)
        return
    built.release, built.rows, built.dashboard = used.release_id, used.rows, str(home.dashboard)
    for result in used.checks:
        if not result.passed:
            built.warn(result.check.name, result.broken_rows)


def _run(
    location: dg.Definitions,
    instance: dg.DagsterInstance,
    job: str,
    built: Built,
    *,
    tags: dict[str, str] | None = None,
    only: Sequence[dg.AssetKey] | None = None,
    config: dict[str, Any] | None = None,
) -> None:
    """Run a job in this process, and add what came of it to `built`."""
    result = location.resolve_job_def(job).execute_in_process(
        run_config=QUIET | (config or {}), instance=instance, tags=tags, asset_selection=only
    )
    for event in result.get_asset_materialization_events():
        if event.asset_key is not None:
            facts = {name: value.value for name, value in event.materialization.metadata.items()}
            _add(built, event.asset_key.to_user_string(), event.partition or "", facts)
    for check in result.get_asset_check_evaluations():
        if not check.passed and "broken_rows" in check.metadata:
            built.warn(check.check_name, check.metadata["broken_rows"].value)


def _add(built: Built, asset: str, day: str, facts: dict[str, Any]) -> None:
    """Add what one materialisation says."""
    if asset == RELEASE:
        built.release, built.is_new = facts["release"], facts["new"]
    elif asset == "dashboard":
        built.dashboard = facts["path"]
    elif asset == "lake_sample":
        built.sources |= {name: _of_sample(counts) for name, counts in facts.items() if name in FIRST_DAY}
    elif asset == "lake_index":
        if facts["outcome"] == Outcome.FAILED:
            built.sources["digest"].failed["index"] = facts["reason"]
    elif asset.startswith(("raw_", "lake_")):
        _add_day(built.sources[asset.partition("_")[2]], day, facts)
    elif ROW_COUNT in facts:
        built.rows[asset] = facts[ROW_COUNT]


def _add_day(summary: SourceSummary, day: str, facts: dict[str, Any]) -> None:
    """Add what came of fetching a day, or of reading it."""
    if "outcome" in facts:
        summary.outcomes[facts["outcome"]] += 1
        if facts["outcome"] == Outcome.FAILED:
            summary.failed[day] = facts.get("reason", "")
    else:
        summary.parsed += not facts["unchanged"]
        summary.rows.update({table: facts[table] for table in TABLES})
        if "problem" in facts:
            summary.failed[day] = facts["problem"]


def _of_sample(counts: dict[str, int]) -> SourceSummary:
    """Part the counts of a source in the sample into days and rows."""
    outcomes = Counter({name: count for name, count in counts.items() if name not in (*TABLES, "parsed")})
    return SourceSummary(outcomes, counts["parsed"], Counter({table: counts[table] for table in TABLES}))


def _note_future(home: Home, source: Source, first: dt.date, last: dt.date, built: Built) -> None:
    """Put days that have not begun, which no partition stands for, into the fetch log as what they are."""
    if days := _days(first, last):
        with pipeline.writing(home):
            pipeline.note_future(home, source, days)
        built.sources[source].outcomes[str(Outcome.FUTURE)] = len(days)


def _raise_if_all_failed(built: Built) -> None:
    asked = Counter[str]()
    for summary in built.sources.values():
        asked += summary.outcomes
    if asked and set(asked) == {str(Outcome.FAILED)}:
        source, summary = next(iter(built.sources.items()))
        day, reason = next(iter(summary.failed.items()))
        raise NothingAnsweredError(
            f"none of {asked.total()} days could be fetched; {source} {day}: {reason}. See: papers status"
        )
