"""Makes the events of each asset: the same metadata and check results for a build and for a run of the asset.

Only the shapes of events belong here; the figures and rows that they show belong in `preview` and `metadata`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import dagster as dg

from dagster_project.build import Built, SourceReport
from dagster_project.defs import metadata, preview
from dagster_project.defs.history import find_failed_before
from dagster_project.defs.partitions import find_month
from dagster_project.lake.home import Home
from dagster_project.models.catalog import load_checks, load_models
from dagster_project.models.contract import load_contract
from dagster_project.pipeline import FetchedDay, ParsedDay, ReadArchive
from dagster_project.publish.checks import CheckResult
from dagster_project.publish.reader import open_warehouse
from dagster_project.publish.release import Release
from dagster_project.sources.attempt import Outcome

Ended = TypeVar("Ended")
Event = dg.AssetMaterialization | dg.AssetCheckEvaluation

RELEASE, DASHBOARD, SITE, RAW_ARCHIVE = "release", "dashboard", "site", "raw_archive"
ANSWERED = "answered"
"""The check that every requested day was fetched."""
BY_DAY = ("fact_listing", "mart_coverage")
"""Tables whose metadata shows the papers of each day."""
SEVERITY = {"error": dg.AssetCheckSeverity.ERROR, "warn": dg.AssetCheckSeverity.WARN}
NEWS = frozenset({Outcome.FETCHED, Outcome.EMPTY, Outcome.INCOMPLETE})


def list_events(home: Home, built: Built, instance: dg.DagsterInstance) -> Iterator[Event]:
    """Yield an event for each month, table and page that a build wrote, and for each check that it ran."""
    if built.archives:
        yield dg.AssetMaterialization(RAW_ARCHIVE, metadata=describe_archives(built.archives))
    for source, report in built.sources.items():
        if report.fetched:
            known = instance.get_materialized_partitions(dg.AssetKey(f"raw_{source}"))
            yield from _list_raw_events(home, source, report, known)
        yield from _list_lake_events(home, source, report)
    if built.release and built.release.is_new:
        for table, facts in describe_release(built.release).items():
            yield dg.AssetMaterialization(table, metadata=facts)
        if built.dashboard:
            yield dg.AssetMaterialization(DASHBOARD, metadata=describe_dashboard(home))
        yield from _list_evaluations(built.release, find_failed_before(instance))


def _list_evaluations(release: Release, failed_before: set[str] | None) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield an event for each check of a release; again on the same day, only where it failed, now or before.

    Dagster keeps check results for ever, after their run is gone: those of four builds a day would outgrow all else.
    """
    for result in list_check_results(release.checks):
        if failed_before is None or not result.passed or result.check_name in failed_before:
            yield make_evaluation(result)


def _list_raw_events(home: Home, source: str, report: SourceReport, known: Collection[str]) -> Iterator[Event]:
    """Yield an event for the last month and each month that has news or is new to Dagster, and one for the check."""
    months = group_by_month(report.fetched)
    for month, days in months.items():
        has_news = any(fetched.outcome in NEWS for fetched in days.values())
        if has_news or month not in known or month == max(months):
            facts = describe_fetched(days)
            if month == max(months):
                facts |= metadata.describe(preview.read_log(home, source), "bytes")
            yield dg.AssetMaterialization(f"raw_{source}", partition=month, metadata=facts)
    yield make_evaluation(check_answered(source, report.fetched))


def _list_lake_events(home: Home, source: str, report: SourceReport) -> Iterator[Event]:
    months = group_by_month({day: parsed for day, parsed in report.parsed.items() if not parsed.unchanged})
    for month, days in months.items():
        facts = describe_parsed(days)
        if month == max(months):
            facts |= metadata.describe(preview.read_entries(home, source))
        yield dg.AssetMaterialization(f"lake_{source}", partition=month, metadata=facts)


def group_by_month(days: Mapping[dt.date, Ended]) -> dict[str, dict[dt.date, Ended]]:
    """Return days by month, sorted; the keys are those of partitions."""
    months: dict[str, dict[dt.date, Ended]] = {}
    for day, ended in sorted(days.items()):
        months.setdefault(find_month(day), {})[day] = ended
    return months


def describe_fetched(days: Mapping[dt.date, FetchedDay]) -> metadata.Metadata:
    """Return the metadata of the fetched days of a month: days by outcome, captures and bytes."""
    return {
        "days": len(days),
        **Counter(str(fetched.outcome) for fetched in days.values()),
        "captures": sum(fetched.captures for fetched in days.values()),
        "bytes": sum(fetched.size for fetched in days.values()),
    }


def describe_archives(archives: Mapping[str, ReadArchive]) -> metadata.Metadata:
    """Return the metadata of archives that were read: what is new of each, and what was not taken."""
    rows = [
        preview.make_row(
            {
                "archive": name,
                "captures": sum(day.captures for day in read.days.values()),
                "bytes": sum(day.size for day in read.days.values()),
                "skipped": "; ".join(f"{count:,} {reason}" for reason, count in read.skipped.items()),
                "problem": read.problem,
            }
        )
        for name, read in archives.items()
    ]
    return {"archives": metadata.make_table(rows)}


def describe_parsed(days: Mapping[dt.date, ParsedDay]) -> metadata.Metadata:
    """Return the metadata of the parsed days of a month: rows by table, and problems."""
    rows = Counter[str]()
    for parsed in days.values():
        rows.update(parsed.rows)
    problems = [
        preview.make_row({"day": day, "problem": parsed.problem}) for day, parsed in days.items() if parsed.problem
    ]
    return {"days": len(days), **rows} | ({"problems": metadata.make_table(problems)} if problems else {})


def check_answered(source: str, days: Mapping[dt.date, FetchedDay]) -> dg.AssetCheckResult:
    """Return the result of the check `ANSWERED`, with the failed days and their reasons."""
    failed = [
        preview.make_row({"day": day, "reason": fetched.reason})
        for day, fetched in sorted(days.items())
        if fetched.outcome is Outcome.FAILED
    ]
    return dg.AssetCheckResult(
        asset_key=f"raw_{source}",
        check_name=ANSWERED,
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"days": len(days)} | ({"failed": metadata.make_table(failed)} if failed else {}),
    )


def describe_release(release: Release) -> dict[str, metadata.Metadata]:
    """Return the metadata of each published table of a release, and of the release itself, by asset."""
    published = {model.name for model in load_models() if model.is_published}
    with open_warehouse(release.path) as connection:
        by_source = metadata.draw_all(preview.count_papers(connection))
        shown: dict[str, metadata.Metadata] = {}
        for table in load_contract():
            if table.name in published:
                types = {column.name: column.type for column in table.columns}
                shown[table.name] = {
                    metadata.ROW_COUNT: release.rows[table.name],
                    **(by_source if table.name in BY_DAY else {}),
                    "preview": metadata.make_table(preview.read_first_rows(connection, table.name), types),
                }
        shown[RELEASE] = {
            "release": release.release_id,
            "path": dg.MetadataValue.path(str(release.path)),
            "new": release.is_new,
            metadata.ROW_COUNT: sum(release.rows.values()),
            **by_source,
            "preview": metadata.make_table(preview.read_newest_papers(connection)),
            "tables": metadata.make_table({"table": name, "rows": rows} for name, rows in release.rows.items()),
        }
    return shown


def describe_dashboard(home: Home) -> metadata.Metadata:
    """Return the path of the dashboard and its size in bytes, as metadata."""
    page = home.dashboard
    return {"path": dg.MetadataValue.path(str(page)), "bytes": page.stat().st_size}


def describe_site(folder: Path) -> metadata.Metadata:
    """Return the path of the site, the number of its files and their size in bytes, as metadata."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    total = sum(file.stat().st_size for file in files)
    return {"path": dg.MetadataValue.path(str(folder)), "files": len(files), "bytes": total}


def find_checked_asset(reads: Iterable[str]) -> str:
    """Return the asset of a check: the first published table, by name, that it reads, or the release."""
    published = {model.name for model in load_models() if model.is_published}
    return min(published.intersection(reads), default=RELEASE)


def list_check_results(results: Iterable[CheckResult]) -> Iterator[dg.AssetCheckResult]:
    """Yield the result of each check for its asset, with the first rows that break the rule."""
    reads = {check.name: check.reads for check in load_checks()}
    for result in results:
        shown = {} if result.passed else {"sample": metadata.make_table(map(preview.make_row, result.sample))}
        yield dg.AssetCheckResult(
            asset_key=find_checked_asset(reads[result.check.name]),
            check_name=result.check.name,
            passed=result.passed,
            severity=SEVERITY[result.check.severity],
            metadata={"broken_rows": result.broken_rows} | shown,
        )


def make_evaluation(result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    """Return the event for a check result outside a run of its asset."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey.from_coercible(result.asset_key or ()),
        check_name=result.check_name or "",
        passed=result.passed,
        severity=result.severity,
        metadata=result.metadata,
    )
