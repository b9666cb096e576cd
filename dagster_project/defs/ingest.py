"""Defines the assets from a source to the lake: `raw_<source>` fetches days, `lake_<source>` parses them into Parquet.

Both are partitioned by month. A month with a failed day is materialised all the same: the check `answered` names the
day, and the next build fetches it again. Whole builds belong in `jobs`.
"""

import datetime as dt
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

import dagster as dg

from dagster_project import pipeline
from dagster_project.clock import utc_now
from dagster_project.config import Settings
from dagster_project.defs import events, metadata, preview
from dagster_project.defs.partitions import list_days, make_months
from dagster_project.defs.resources import Papers
from dagster_project.defs.run_config import ARCHIVES, DAYS, DAYS_TO_PARSE, read_days
from dagster_project.lake.home import Home
from dagster_project.sources.archives import find_archives
from dagster_project.sources.registry import ASKED, SOURCES
from dagster_project.sources.source import Source
from dagster_project.validate.schemas import Entry, Fetch

STALE_AFTER = dt.timedelta(days=3)


def _choose_days(context: dg.AssetExecutionContext, source: Source) -> list[dt.date]:
    first, last = read_days(context.op_execution_context.op_config)
    days = list_days(source, context.partition_keys, utc_now().date())
    return [day for day in days if (first or dt.date.min) <= day <= (last or dt.date.max)]


def _log_months(
    context: dg.AssetExecutionContext, months: Mapping[str, metadata.Metadata], shown: metadata.Metadata
) -> None:
    """Add metadata to the event of each month, and a preview of the table to that of the last, which the UI shows."""
    for month, facts in months.items():
        context.add_asset_metadata(facts | (shown if month == max(months) else {}), partition_key=month)


@contextmanager
def _replace_sample(context: dg.AssetExecutionContext, home: Home) -> Generator[None]:
    """Prepare a home for real data; after the body, say so if they replaced the sample."""
    home.prepare("real")
    before = home.find_set_aside()
    yield
    for folder in home.find_set_aside()[len(before) :]:
        context.log.warning("the home held the sample, which was set aside in %s", folder)


def _fetch(
    home: Home, settings: Settings, source: Source, days: Sequence[dt.date]
) -> dict[dt.date, pipeline.FetchedDay]:
    """Ask a source for days, or for the papers that others list on them; return the result of each day of answers."""
    if source.descriptions is None:
        return pipeline.fetch(home, settings, source.name, days)
    papers = pipeline.list_undescribed(home, source, utc_now(), min(days), max(days)) if days else []
    return pipeline.fetch_papers(home, settings, source, papers)


def make_raw_asset(source: Source, backfill: dg.BackfillPolicy) -> dg.AssetsDefinition:
    """Return the asset that fetches the days of a source."""
    name = f"raw_{source.name}"

    @dg.asset(
        name=name,
        description=f"{source.description}: the answers as they came.\n\n"
        "The columns and rows shown are those of the log of attempts.",
        group_name="raw",
        kinds={"http"},
        metadata=metadata.describe_columns(Fetch),
        partitions_def=make_months(source),
        backfill_policy=backfill,
        config_schema=DAYS,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=STALE_AFTER),
        check_specs=[
            dg.AssetCheckSpec(
                events.ANSWERED, asset=name, description="every day that was asked for got a usable answer"
            )
        ],
    )
    def raw(context: dg.AssetExecutionContext, papers: dg.ResourceParam[Papers]) -> dg.MaterializeResult:
        home, settings = papers.home(), papers.settings()
        days = _choose_days(context, source)
        with pipeline.lock_for_writing(home):
            with _replace_sample(context, home):
                fetched = _fetch(home, settings, source, days)
            if home.read_contents() == "real":
                pipeline.fetch_source_index(home, settings, source.name)
            shown = metadata.describe(preview.read_log(home, source.name), "bytes")
        months = events.group_by_month(fetched)
        of_run = [month for month in context.partition_keys if month in months]  # answers for papers may be of others
        _log_months(context, {month: events.describe_fetched(months[month]) for month in of_run}, shown)
        return dg.MaterializeResult(check_results=[events.check_answered(source.name, fetched)])

    return raw


@dg.asset(
    name=events.RAW_ARCHIVE,
    description="Git archives in which others keep answers of the sources: every version of their files.",
    group_name="raw",
    kinds={"git"},
    metadata=metadata.describe_columns(Fetch),
    config_schema={
        "archives": dg.Field(ARCHIVES, default_value=None, description="names of archives; by default all of the list")
    },
)
def raw_archive(context: dg.AssetExecutionContext, papers: dg.ResourceParam[Papers]) -> dg.MaterializeResult:
    """Read the new commits of archives; a run of a lake asset or a build parses their captures."""
    home, settings = papers.home(), papers.settings()
    archives = find_archives(settings, context.op_execution_context.op_config["archives"] or ())
    with pipeline.lock_for_writing(home), _replace_sample(context, home):
        read = {archive.name: pipeline.read_archive(home, settings, archive) for archive in archives}
    return dg.MaterializeResult(metadata=events.describe_archives(read))


def make_lake_asset(source: Source, backfill: dg.BackfillPolicy) -> dg.AssetsDefinition:
    """Return the asset that parses the captures of a source into the lake's tables."""

    @dg.asset(
        name=f"lake_{source.name}",
        description=f"{source.description}: its answers read into rows and rejects.\n\n"
        "The columns and rows shown are those of its `entry` table.",
        group_name="lake",
        kinds={"parquet", "polars"},
        metadata=metadata.describe_columns(Entry),
        deps=[events.RAW_ARCHIVE, *([f"raw_{source.name}"] if source.name in ASKED else [])],
        partitions_def=make_months(source),
        backfill_policy=backfill,
        config_schema=DAYS_TO_PARSE,
    )
    def lake(context: dg.AssetExecutionContext, papers: dg.ResourceParam[Papers]) -> None:
        home, settings = papers.home(), papers.settings()
        days = _choose_days(context, source)
        with pipeline.lock_for_writing(home):
            ended = pipeline.parse(
                home,
                source.name,
                days,
                again=context.op_execution_context.op_config["again"],
                processes=settings.workers,
                spark_master=settings.used_spark_master,
            )
            pipeline.parse_source_index(home, source.name)
            shown = metadata.describe(preview.read_entries(home, source.name))
        # The step may also parse days of other months; this run does not report those.
        months = events.group_by_month({day: ended[day] for day in days})
        _log_months(context, {month: events.describe_parsed(parsed) for month, parsed in months.items()}, shown)

    return lake


def make_assets(months_a_run: int | None = None) -> Iterator[dg.AssetsDefinition]:
    """Yield the assets of every source; a backfill is one run, or one run for each `months_a_run` months."""
    backfill = dg.BackfillPolicy(months_a_run)
    yield raw_archive
    for source in SOURCES.values():
        if source.name in ASKED:
            yield make_raw_asset(source, backfill)
        yield make_lake_asset(source, backfill)
