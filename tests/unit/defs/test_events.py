"""The events that a build logs: months as partitions, with counts, and nothing of what brought no news."""

import datetime as dt

import dagster as dg
import pytest

from dagster_project.build import Built, SourceReport
from dagster_project.defs.events import list_events
from dagster_project.defs.partitions import find_month, list_days, make_months
from dagster_project.lake.home import Home
from dagster_project.pipeline import FetchedDay, ParsedDay
from dagster_project.publish.release import Release
from dagster_project.sources.attempt import Outcome
from dagster_project.sources.registry import SOURCES

FIRST = dt.date(2024, 1, 30)
"""Of four days in two months, as the fetches below end."""


def fetch(*outcomes):
    return {
        FIRST + dt.timedelta(days=ahead): FetchedDay(outcome, "HTTP 500" if outcome is Outcome.FAILED else None, 1, 10)
        for ahead, outcome in enumerate(outcomes)
    }


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def list_months(built, instance, tmp_path):
    """Return the metadata of each asset's month, and the check, of a build that published nothing new."""
    built.release = Release("20240101T000000-0", tmp_path / "papers.duckdb", is_new=False, rows={}, checks=[])
    found = list(list_events(Home(tmp_path), built, instance))
    made = {
        (event.asset_key.to_user_string(), event.partition): {name: kept.value for name, kept in event.metadata.items()}
        for event in found
        if isinstance(event, dg.AssetMaterialization)
    }
    return made, [event for event in found if isinstance(event, dg.AssetCheckEvaluation)]


def test_each_month_with_news_is_an_event_that_counts_its_days_and_rows(instance, tmp_path):
    built = Built()
    built.sources["digest"] = SourceReport(
        fetched=fetch(Outcome.FETCHED, Outcome.FAILED, Outcome.FETCHED, Outcome.MISSING),
        parsed={FIRST: ParsedDay({"entry": 3}), dt.date(2024, 2, 1): ParsedDay(unchanged=True)},
    )
    made, [answered] = list_months(built, instance, tmp_path)
    assert set(made) == {("raw_digest", "2024-01"), ("raw_digest", "2024-02"), ("lake_digest", "2024-01")}
    assert made["raw_digest", "2024-01"] == {"days": 2, "fetched": 1, "failed": 1, "captures": 2, "bytes": 20}
    assert {"days": 2, "fetched": 1, "missing": 1}.items() <= made["raw_digest", "2024-02"].items()
    assert {"days": 1, "entry": 3}.items() <= made["lake_digest", "2024-01"].items()
    # The page of an asset shows its newest event: only the last month needs the rows.
    assert {key for key, facts in made.items() if "preview" in facts} == {
        ("raw_digest", "2024-02"),
        ("lake_digest", "2024-01"),
    }
    assert (answered.asset_key, answered.check_name, answered.passed) == (dg.AssetKey("raw_digest"), "answered", False)
    assert [record.data for record in answered.metadata["failed"].records] == [
        {"day": "2024-01-31", "reason": "HTTP 500"}
    ]


def test_without_news_only_the_last_month_says_that_it_was_asked_for(instance, tmp_path):
    for month in ("2024-01", "2024-02"):
        instance.report_runless_asset_event(dg.AssetMaterialization("raw_digest", partition=month))
    built = Built()
    built.sources["digest"] = SourceReport(fetched=fetch(*[Outcome.UNCHANGED] * 4))
    made, [answered] = list_months(built, instance, tmp_path)
    assert set(made) == {("raw_digest", "2024-02")}
    assert answered.passed


def test_a_month_that_dagster_does_not_know_is_told_though_it_has_no_news(instance, tmp_path):
    built = Built()
    built.sources["digest"] = SourceReport(fetched=fetch(*[Outcome.UNCHANGED] * 4))
    made, _ = list_months(built, instance, tmp_path)
    assert set(made) == {("raw_digest", "2024-01"), ("raw_digest", "2024-02")}


def test_months_begin_with_each_sources_first_day_and_end_with_this_month():
    for source in SOURCES.values():
        months = make_months(source)
        assert months.get_first_partition_key() == find_month(source.first_day)
        this_month = {find_month(dt.datetime.now(dt.UTC).date() - dt.timedelta(days=back)) for back in (0, 1)}
        assert months.get_last_partition_key() in this_month


def test_days_of_months_end_with_today_and_begin_with_the_source():
    source = SOURCES["digest"]
    assert source.first_day == dt.date(2023, 11, 20)
    listed = list_days(source, ["2023-11", "2024-02"], dt.date(2024, 2, 2))
    assert [str(day) for day in listed] == [f"2023-11-{day}" for day in range(20, 31)] + ["2024-02-01", "2024-02-02"]
