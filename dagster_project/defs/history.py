"""Removes Dagster's runs once they are old, with their events and logs. Preparing the history belongs in `instance`.

Kept are the runs that an asset's page shows: the last of each asset, and of each of its months.
"""

import datetime as dt
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import dagster as dg

AT_ONCE = 1_000
"""Events that are read at once."""
FAILED = "papers/failed_checks"
"""The tag of a run that published: the names of the checks that failed."""
LONGEST = 200
"""Characters of a tag's value that Dagster surely takes."""


def is_first_of_day(instance: dg.DagsterInstance) -> bool:
    """Return whether the newest run is the first of its day in UTC."""
    return _begins_day(instance.get_run_records(limit=2))


def _begins_day(newest: Sequence[dg.RunRecord]) -> bool:
    return len({record.create_timestamp.astimezone(dt.UTC).date() for record in newest}) > 1


def note_failed_checks(instance: dg.DagsterInstance, run_id: str, names: Iterable[str]) -> None:
    """Note on a run which checks of its release failed, if that is not too much for a tag."""
    if len(text := ",".join(names)) <= LONGEST:
        instance.add_run_tags(run_id, {FAILED: text})


def find_failed_before(instance: dg.DagsterInstance) -> set[str] | None:
    """Return the checks that failed in the run before the newest, if it published a release on the same day in UTC.

    None means that nobody knows, or that a new day has begun.
    """
    records = instance.get_run_records(limit=2)
    if len(records) < 2 or _begins_day(records):
        return None
    before = records[1].dagster_run
    return set(filter(None, before.tags[FAILED].split(","))) if before.is_success and FAILED in before.tags else None


def remove_old_runs(instance: dg.DagsterInstance, folder: Path, before: dt.datetime) -> int:
    """Remove the runs that began before a time (UTC) and that no asset shows; return their number.

    `folder` is that of the instance. A run that was killed never says that it ended, so the time alone decides. If this
    is killed half-way, files are left, which the next call removes.
    """
    old = set(instance.get_run_ids(dg.RunsFilter(created_before=before.replace(tzinfo=dt.UTC))))
    removed = old - find_shown_runs(instance) if old else old
    for run_id in removed:
        instance.delete_run(run_id)
    _remove_files(instance, folder)
    return len(removed)


def find_shown_runs(instance: dg.DagsterInstance) -> set[str]:
    """Return the run of the last event of each asset, and of each of its months."""
    runs = dict[tuple[str, str | None], str]()
    for asset in instance.get_asset_keys():
        cursor, has_more = None, True
        while has_more:
            found = instance.fetch_materializations(asset, AT_ONCE, cursor)
            cursor, has_more = found.cursor, found.has_more
            for record in found.records:  # newest first
                runs.setdefault((asset.to_user_string(), record.partition_key), record.run_id)
    return set(runs.values())


def _remove_files(instance: dg.DagsterInstance, folder: Path) -> None:
    """Remove the files of runs that Dagster does not know any more: it empties their tables, and leaves the rest."""
    found = [*(folder / "history" / "runs").glob("*-*-*-*-*.db*"), *(folder / "storage").glob("*-*-*-*-*")]
    # Asked after the search, since others may start runs, which Dagster knows before they have files.
    known = set(instance.get_run_ids())
    for place in found:
        if place.name.partition(".")[0] in known:
            continue
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)
