"""What Dagster is told of each asset: the same metadata and checks, whether a build made it or a run of the asset.

Only shapes of events belong here; which figures and rows they show is made by `preview` and `metadata`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import dagster as dg

from dagster_project.build import Built, SourceReport
from dagster_project.defs import metadata, preview
from dagster_project.defs.partitions import find_month
from dagster_project.lake.home import Home
from dagster_project.models.catalog import load_checks, load_models
from dagster_project.models.contract import Table, load_contract
from dagster_project.pipeline import FetchedDay, ParsedDay
from dagster_project.publish.checks import CheckResult
from dagster_project.publish.reader import open_warehouse
from dagster_project.publish.release import Release
from dagster_project.sources.attempt import Outcome

Ended = TypeVar("Ended")

RELEASE, DASHBOARD = "release", "dashboard"
ANSWERED = "answered"
"""The check that every day that was asked for got a usable answer."""
BY_DAY = ("fact_listing", "mart_coverage")
"""Tables whose pages show papers a day."""
SEVERITY = {"error": dg.AssetCheckSeverity.ERROR, "warn": dg.AssetCheckSeverity.WARN}
NEWS = frozenset({Outcome.FETCHED, Outcome.EMPTY, Outcome.INCOMPLETE})


def list_events(home: Home, built: Built) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """Yield an event for each month, table and page that a build made, and for each check that it ran."""
    for name, report in built.sources.items():
        yield from _list_raw_events(home, name, report)
        yield from _list_lake_events(home, name, report)
    if built.release and built.release.is_new:
        for table, facts in describe_release(built.release).items():
            yield dg.AssetMaterialization(table, metadata=facts)
        yield dg.AssetMaterialization(DASHBOARD, metadata=describe_dashboard(home))
        yield from evaluate_checks(built.release.checks)


def _list_raw_events(
    home: Home, source: str, report: SourceReport
) -> Iterator[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    if not report.fetched:
        return
    last = find_month(max(report.fetched))
    with_news = {find_month(day) for day, fetched in report.fetched.items() if fetched.outcome in NEWS}
    for month, days in group_by_month(report.fetched).items():
        if month in with_news or month == last:
            facts = describe_fetched(days)
            if month == last:
                facts |= metadata.describe(preview.read_log(home, source), "bytes")
            yield dg.AssetMaterialization(f"raw_{source}", partition=month, metadata=facts)
    answered = check_answered(report.fetched)
    yield dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(f"raw_{source}"),
        check_name=ANSWERED,
        passed=answered.passed,
        severity=answered.severity,
        metadata=answered.metadata,
    )


def _list_lake_events(home: Home, source: str, report: SourceReport) -> Iterator[dg.AssetMaterialization]:
    parsed = {day: parsed for day, parsed in report.parsed.items() if not parsed.unchanged}
    months = group_by_month(parsed)
    for month, days in months.items():
        facts = describe_parsed(days)
        if month == max(months):
            facts |= metadata.describe(preview.read_entries(home, source))
        yield dg.AssetMaterialization(f"lake_{source}", partition=month, metadata=facts)


def group_by_month(days: Mapping[dt.date, Ended]) -> dict[str, dict[dt.date, Ended]]:
    """Return days by the month that they lie in."""
    months: dict[str, dict[dt.date, Ended]] = {}
    for day, ended in sorted(days.items()):
        months.setdefault(find_month(day), {})[day] = ended
    return months


def describe_fetched(days: Mapping[dt.date, FetchedDay]) -> metadata.Metadata:
    """Return what came of fetching the days of a month."""
    outcomes = Counter(str(fetched.outcome) for fetched in days.values())
    return {
        "days": len(days),
        **outcomes,
        "captures": sum(fetched.captures for fetched in days.values()),
        "bytes": sum(fetched.size for fetched in days.values()),
    }


def describe_parsed(days: Mapping[dt.date, ParsedDay]) -> metadata.Metadata:
    """Return what came of reading the days of a month into the lake."""
    rows = Counter[str]()
    for parsed in days.values():
        rows.update(parsed.rows)
    problems = [
        preview.make_row({"day": day, "problem": parsed.problem}) for day, parsed in days.items() if parsed.problem
    ]
    return {"days": len(days), **rows} | ({"problems": metadata.make_table(problems)} if problems else {})


def check_answered(days: Mapping[dt.date, FetchedDay]) -> dg.AssetCheckResult:
    """Return which days failed, and why."""
    failed = [
        preview.make_row({"day": day, "reason": fetched.reason})
        for day, fetched in sorted(days.items())
        if fetched.outcome is Outcome.FAILED
    ]
    return dg.AssetCheckResult(
        check_name=ANSWERED,
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"days": len(days)} | ({"failed": metadata.make_table(failed)} if failed else {}),
    )


def describe_release(release: Release) -> dict[str, metadata.Metadata]:
    """Return what is shown of each table of a release, and of the release itself, as its readers see them."""
    published = {model.name for model in load_models() if model.is_published}
    with open_warehouse(release.path) as connection:
        by_source = metadata.draw_all(preview.count_papers(connection))
        shown = {
            table.name: {
                metadata.ROW_COUNT: release.rows[table.name],
                **(by_source if table.name in BY_DAY else {}),
                "preview": metadata.make_table(preview.read_first_rows(connection, table.name), _name_types(table)),
            }
            for table in load_contract()
            if table.name in published
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
    """Return where the dashboard lies, and how large it is."""
    page = home.dashboard
    return {"path": dg.MetadataValue.path(str(page)), "bytes": page.stat().st_size}


def _name_types(table: Table) -> dict[str, str]:
    return {column.name: column.type for column in table.columns}


def find_checked_asset(reads: Iterable[str]) -> str:
    """Return the asset that a check belongs to: the first published table that it reads, or the release."""
    published = {model.name for model in load_models() if model.is_published}
    return min(published.intersection(reads), default=RELEASE)


def evaluate_checks(results: Iterable[CheckResult]) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield the results of checks as events."""
    reads = {check.name: check.reads for check in load_checks()}
    for result in results:
        yield dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(find_checked_asset(reads[result.check.name])),
            check_name=result.check.name,
            passed=result.passed,
            severity=SEVERITY[result.check.severity],
            metadata=describe_check(result),
        )


def describe_check(result: CheckResult) -> metadata.Metadata:
    """Return how many rows break a check's rule, and the first of them."""
    shown = {} if result.passed else {"sample": metadata.make_table(map(preview.make_row, result.sample))}
    return {"broken_rows": result.broken_rows} | shown
