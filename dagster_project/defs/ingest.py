"""Assets from a source to the lake: `raw_<source>` fetches days, `lake_<source>` reads them into Parquet.

Both are partitioned by day, and a range of days is one run. A day that failed is materialised all the same, with
its outcome: it is tried again next time, and a check tells of it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

import dagster as dg

from dagster_project import pipeline
from dagster_project.defs import metadata as glance
from dagster_project.defs.papers import AGAIN, SAMPLE, Papers
from dagster_project.defs.preview import of_entries, of_index, of_log, row
from dagster_project.lake.tables import TABLES
from dagster_project.sources import digest, huggingface
from dagster_project.sources.attempt import Outcome, Source
from dagster_project.validate.schemas import Entry, Fetch, Index

FIRST_DAY: dict[Source, dt.date] = {"digest": digest.FIRST_DAY, "huggingface": huggingface.FIRST_DAY}
DAYS = {
    source: dg.DailyPartitionsDefinition(str(first), timezone="UTC", end_offset=1)
    for source, first in FIRST_DAY.items()
}
STALE_AFTER = dt.timedelta(days=3)
ANSWERED = "answered"
LAKE_KINDS = {"parquet", "polars"}


def days_of(context: dg.AssetExecutionContext) -> list[dt.date]:
    """Return the days of this run."""
    return [dt.date.fromisoformat(key) for key in context.partition_keys]


def raw_asset(source: Source, kinds: set[str], description: str, backfill: dg.BackfillPolicy) -> dg.AssetsDefinition:
    """Return the asset that fetches the days of a source."""
    name = f"raw_{source}"

    @dg.asset(
        name=name,
        description=f"{description}\n\nThe columns and rows shown are those of the log of attempts.",
        group_name="raw",
        kinds=kinds,
        metadata=glance.columns(Fetch),
        partitions_def=DAYS[source],
        backfill_policy=backfill,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=STALE_AFTER),
        check_specs=[
            dg.AssetCheckSpec(ANSWERED, asset=name, description="every day that was asked for got a usable answer")
        ],
        pool=source,
    )
    def raw(context: dg.AssetExecutionContext, papers: Papers) -> dg.MaterializeResult:
        home = papers.home()
        with pipeline.writing(home):
            if aside := home.settle("real"):
                context.log.warning("the home held the sample, which was set aside in %s", aside)
            ended = pipeline.fetch(home, papers.settings(), source, days_of(context))
            shown = glance.of(of_log(home, source), "bytes")
        _tell(context, {day: _fetched(fetched) for day, fetched in ended.items()}, shown)
        return dg.MaterializeResult(check_results=[_answered(ended)])

    return raw


def _tell(context: dg.AssetExecutionContext, days: dict[dt.date, dict[str, object]], shown: glance.Metadata) -> None:
    """Put what came of each day into its event, and a glance at all days into the last, which the UI shows.

    A range has hundreds of events; each of them small keeps their storing cheap.
    """
    last = max(days)
    for day, facts in days.items():
        context.add_asset_metadata(facts | (shown if day == last else {}), partition_key=str(day))


def _fetched(fetched: pipeline.FetchedDay) -> dict[str, object]:
    """Return what a day's fetch came to, as metadata."""
    facts: dict[str, object] = {"outcome": str(fetched.outcome), "captures": fetched.captures, "bytes": fetched.size}
    return facts | ({"reason": fetched.reason} if fetched.reason else {})


def _answered(ended: dict[dt.date, pipeline.FetchedDay]) -> dg.AssetCheckResult:
    """Tell which days failed, and why."""
    failed = [
        row({"day": day, "reason": fetched.reason})
        for day, fetched in sorted(ended.items())
        if fetched.outcome is Outcome.FAILED
    ]
    return dg.AssetCheckResult(
        check_name=ANSWERED,
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"days": len(ended)} | ({"failed": glance.rows(failed)} if failed else {}),
    )


def lake_asset(source: Source, description: str, backfill: dg.BackfillPolicy) -> dg.AssetsDefinition:
    """Return the asset that reads the answers of a source into the lake's tables."""

    @dg.asset(
        name=f"lake_{source}",
        description=f"{description}\n\nThe columns and rows shown are those of its `entry` table.",
        group_name="lake",
        kinds=LAKE_KINDS,
        metadata=glance.columns(Entry),
        deps=[f"raw_{source}"],
        partitions_def=DAYS[source],
        backfill_policy=backfill,
        pool=source,
    )
    def lake(context: dg.AssetExecutionContext, papers: Papers) -> None:
        home = papers.home()
        with pipeline.writing(home):
            settings = papers.settings()
            ended = pipeline.parse(
                home,
                source,
                days_of(context),
                again=AGAIN in context.run.tags,
                processes=settings.workers,
                spark_master=settings.used_spark_master,
            )
            shown = glance.of(of_entries(home, source))
        # Days of other runs may have been read along; those are not for this one to tell of.
        _tell(context, {day: _parsed(ended[day]) for day in days_of(context)}, shown)

    return lake


def _parsed(parsed: pipeline.ParsedDay) -> dict[str, object]:
    """Return what reading a day came to, as metadata."""
    facts: dict[str, object] = {"unchanged": parsed.unchanged}
    facts |= {table: parsed.rows.get(table, 0) for table in TABLES}
    return facts | ({"problem": parsed.problem} if parsed.problem else {})


def sample_days() -> dict[Source, list[dt.date]]:
    """Return the days of the bundled sample, by source."""
    digests = (dt.date(*map(int, file.with_suffix("").parts[-3:])) for file in (SAMPLE / "digests").glob("*/*/*.md"))
    captures = (dt.date.fromisoformat(folder.name) for folder in (SAMPLE / "api").iterdir() if folder.is_dir())
    return {"digest": sorted(digests), "huggingface": sorted(captures)}


@dg.asset(group_name="lake", kinds=LAKE_KINDS | {"csv"}, metadata=glance.columns(Index), pool="digest")
def lake_index(papers: Papers) -> dg.MaterializeResult:
    """The digest archive's own index of its papers, which a check holds the listings against."""
    home = papers.home()
    with pipeline.writing(home):
        home.settle("real")
        attempt = pipeline.fetch_archive_index(home, papers.settings())
        pipeline.parse_archive_index(home)
        shown = glance.of(of_index(home))
    if attempt is None:
        return dg.MaterializeResult(metadata={"outcome": "none is named"} | shown)
    return dg.MaterializeResult(metadata={"outcome": str(attempt.outcome), "reason": attempt.reason or ""} | shown)


class SampleDays(dg.Config):
    """Which days of the sample to take; by default all."""

    first: str = str(dt.date.min)
    last: str = str(dt.date.max)


@dg.asset(group_name="lake", kinds=LAKE_KINDS, metadata=glance.columns(Entry))
def lake_sample(context: dg.AssetExecutionContext, config: SampleDays, papers: Papers) -> None:
    """The bundled sample archive, read by both sources from `file:` addresses. Needs no network.

    The columns and rows shown are those of its `entry` table.
    """
    home = papers.home()
    with pipeline.writing(home):
        home.settle("sample")
        for source, all_days in sample_days().items():
            days = [day for day in all_days if config.first <= str(day) <= config.last]
            fetched = pipeline.fetch(home, papers.sample_settings(), source, days)
            parsed = pipeline.parse(home, source, days)
            context.add_output_metadata({source: dg.MetadataValue.json(summary(fetched.values(), parsed.values()))})
        context.add_output_metadata(glance.of(of_entries(home)))


def summary(fetched: Iterable[pipeline.FetchedDay], parsed: Iterable[pipeline.ParsedDay]) -> dict[str, int]:
    """Count days by outcome, and rows by table."""
    parsed = list(parsed)
    counts: dict[str, int] = dict(pipeline.outcomes(fetched))
    counts["parsed"] = sum(not day.unchanged for day in parsed)
    return counts | {table: sum(day.rows.get(table, 0) for day in parsed) for table in TABLES}


def assets(days_a_run: int | None = None) -> Iterator[dg.AssetsDefinition]:
    """Yield every asset of this module; a backfill of days is one run, or as many as `days_a_run` asks for."""
    backfill = dg.BackfillPolicy(days_a_run)
    yield raw_asset(
        "digest",
        {"http", "file"},
        "Markdown digests, as they came. One file a day, counted at 23:00 UTC.",
        backfill,
    )
    yield raw_asset(
        "huggingface",
        {"api", "json"},
        "Payloads of the daily_papers API, as they came. A day is captured many times.",
        backfill,
    )
    yield lake_asset("digest", "Digests read into entries, authors, sections and rejects.", backfill)
    yield lake_asset("huggingface", "Payloads read into entries, authors, keywords and rejects.", backfill)
    yield lake_index
    yield lake_sample
