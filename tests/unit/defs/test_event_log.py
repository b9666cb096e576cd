"""Dagster's events stored in batches: afterwards both kinds of storage say the same of runs, assets and checks."""

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster_project.defs.event_log import KEPT, BatchedEventLog

DAYS = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-09")
RANGE = {"dagster/asset_partition_range_start": "2024-01-02", "dagster/asset_partition_range_end": "2024-01-07"}
RAW, LAKE = dg.AssetKey("raw"), dg.AssetKey("lake")


@dg.asset(
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[dg.AssetCheckSpec("answered", asset="raw")],
)
def raw(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    for day in context.partition_keys:
        context.add_asset_metadata({"outcome": f"fetched {day}"}, partition_key=day)
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="answered", passed=False)])


@dg.asset(deps=[raw], partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run(), tags={"kind": "lake"})
def lake(context: dg.AssetExecutionContext) -> None:
    context.log.info("%s days", len(context.partition_keys))


@pytest.fixture(scope="module")
def events():
    """Return the events of two runs."""
    with dg.DagsterInstance.ephemeral() as instance:
        runs = [dg.materialize([raw, lake], instance=instance, tags=RANGE) for _ in range(2)]
        return [instance.all_logs(run.run_id) for run in runs]


@pytest.fixture(scope="module")
def stored(events, tmp_path_factory):
    """Return a storage that took the events one by one, and one that took them in batches."""
    folder = tmp_path_factory.mktemp("history")
    alone, batched = SqliteEventLogStorage(str(folder / "alone")), BatchedEventLog(str(folder / "batched"))
    for run in events:
        for event in run:
            alone.store_event(event)
        for start in range(0, len(run), 7):
            batched.store_event_batch(run[start : start + 7])
    yield alone, batched
    alone.dispose()
    batched.dispose()


@pytest.mark.parametrize(
    "asked",
    [
        lambda log, runs: [log.get_logs_for_run(run[0].run_id) for run in runs],
        lambda log, _: log.all_asset_keys(),
        lambda log, _: log.fetch_materializations(RAW, limit=100).records,
        lambda log, _: log.fetch_materializations(LAKE, limit=100).records,
        lambda log, _: log.get_materialized_partitions(RAW),
        lambda log, _: log.get_latest_materialization_events([RAW, LAKE]),
        lambda log, _: [record.asset_entry for record in log.get_asset_records([RAW, LAKE])],
        lambda log, _: log.get_event_tags_for_asset(LAKE),
        lambda log, _: [
            (record.id, record.run_id, record.status, record.partition, record.event)
            for record in log.get_asset_check_execution_history(dg.AssetCheckKey(RAW, "answered"), limit=10)
        ],
        lambda log, runs: [log.get_stats_for_run(run[0].run_id) for run in runs],
    ],
    ids=["runs", "assets", "raw", "lake", "partitions", "newest", "entries", "tags", "checks", "statistics"],
)
def test_batches_say_the_same(stored, events, asked):
    alone, batched = (asked(log, events) for log in stored)
    assert batched == alone
    assert batched


def test_runs_beyond_those_whose_connections_stay_open_are_stored_too(events, tmp_path):
    log = BatchedEventLog(str(tmp_path))
    run = events[0]
    names = [f"run-{number}" for number in range(2 * KEPT)]
    for name in names:
        for event in run:
            log.store_event(event._replace(run_id=name))
    assert {len(log.get_logs_for_run(name)) for name in names} == {len(run)}
    log.wipe()
    assert log.get_logs_for_run(names[-1]) == []
    log.store_event(run[0]._replace(run_id=names[-1]))
    assert len(log.get_logs_for_run(names[-1])) == 1
    log.dispose()


def test_a_batch_is_stored_as_a_whole_or_not_at_all(stored, events, monkeypatch):
    _, batched = stored
    before = batched.get_logs_for_run(events[0][0].run_id)
    monkeypatch.setattr(batched, "_store_asset_event", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        batched.store_event_batch(events[0])
    assert batched.get_logs_for_run(events[0][0].run_id) == before
