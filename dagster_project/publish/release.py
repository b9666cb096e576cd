"""Publishes a release of the lake: builds it beside the one in use, checks and verifies it, then swaps it in.

Readers see no change until the link `current` is swapped, which is one rename. Copying a release to a bucket, and from
there to other machines, belongs in `shared`.
"""

import datetime as dt
import json
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import duckdb
import polars as pl

from dagster_project.clock import Clock, utc_now
from dagster_project.config import SQL, VERSION
from dagster_project.errors import DamagedLakeError, ReleaseError, add_advice
from dagster_project.lake.fetch_log import open_log
from dagster_project.lake.files import flush_folder, needed, remove_sealed, seal
from dagster_project.lake.home import Home, list_outdated, list_unfinished
from dagster_project.lake.tables import LakeTables
from dagster_project.models.catalog import load_checks, load_macros, load_models
from dagster_project.models.contract import Keys, list_comments, load_contract
from dagster_project.models.engines.duckdb_engine import create_macros, create_tables, limit_threads
from dagster_project.models.engines.engine import open_engine
from dagster_project.progress import report
from dagster_project.publish.checks import BrokenReleaseError, CheckResult, run_checks
from dagster_project.publish.fingerprint import compute_fingerprint
from dagster_project.publish.lake_views import count_longest_table, register_lake, write_shell_start
from dagster_project.publish.reader import list_logs, read_release
from dagster_project.publish.shared import FILE, prune_shared, pull, push, read_pointer
from dagster_project.sources.registry import SOURCES

TABLES = "tables"
"""Folder of a release in which Spark leaves its tables as Parquet."""
KEYED_ROWS: dict[Keys, int] = {"all": 50_000, "primary": 1_000_000}
"""The most rows of the lake's longest table with which tables get such keys. Keys are indexes: with all of them, the
file of longer tables is twice as large, and in very long ones they cost more time than all else together. The checks
prove all keys in any case."""
INSERT_CHECKS = """
INSERT INTO meta_check BY NAME
SELECT unnest(
    from_json(
        ?,
        '[{
            "name": "VARCHAR", "description": "VARCHAR", "severity": "VARCHAR", "passed": "BOOLEAN",
            "broken_rows": "BIGINT", "sample": "VARCHAR"
        }]'
    ),
    recursive := true
)
"""
"""Writes the results of checks, all as one value: each value costs DuckDB's client the time of a failed import."""

Config = dict[str, str | bool | int | float | list[str]]
"""Settings of a connection to DuckDB."""


@dataclass(frozen=True, slots=True)
class Release:
    """The release in use. `rows` counts the rows of each table; `is_new` is False if nothing was published."""

    release_id: str
    path: Path
    is_new: bool
    rows: dict[str, int]
    checks: list[CheckResult] = field(default_factory=list)


def publish(
    home: Home,
    *,
    storage_version: str = "v1.0.0",
    memory_limit: int | None = None,
    spark_master: str | None = None,
    keep: int = 3,
    since: dt.datetime | None = None,
    again: bool = False,
    sql: Path = SQL,
    clock: Clock = utc_now,
) -> Release:
    """Build, check and swap in a release, and return the release in use.

    Nothing is built if the release in use has the same fingerprint, unless `again`. `memory_limit` is the memory in
    bytes that DuckDB may use before it writes to the disk; None means DuckDB's default. `spark_master` is the master of
    the Spark that runs the models; None means DuckDB. `keep` and `since` limit the older releases, as in `prune`.

    Raises:
        BrokenReleaseError: a blocking check failed; the previous release stays in use.
        DamagedLakeError: the lake is damaged; the previous release stays in use.
        ReleaseError, ModelError: the release cannot be built; the previous one stays in use.
    """
    built_at = clock()
    mark = _fingerprint(home, sql, built_at)
    LakeTables(home.lake).write_sources()
    before = read_pointer(home) if home.is_shared else None
    if not again and (used := _find_current_release(home, mark)):
        return used
    if damaged := LakeTables(home.lake).list_damaged():
        source, period = damaged[0]
        raise DamagedLakeError(
            f"{len(damaged)} parts of the lake are not as they were written, {source} {period} among them"
        )
    LakeTables(home.lake).write_build(built_at)
    release_id = _name_release(home, built_at, mark)
    building = home.releases / f".building-{release_id}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    try:
        facts = (release_id, built_at, mark, home.read_contents(), VERSION, duckdb.__version__)
        limits: Config = {} if memory_limit is None else {"memory_limit": f"{memory_limit}B"}
        config = limits | {"storage_compatibility_version": storage_version}
        checks = _build(home, building, facts, config, spark_master, sql)
        rows = verify(building / FILE, limits)
        if home.is_shared:
            push(home, building, release_id, mark, before)
        else:
            write_shell_start(home, load_models(sql))
        _swap_in(home, building, release_id)
    except BaseException as error:
        if building.exists():
            remove_sealed(building)
        if isinstance(error, duckdb.Error):
            said = add_advice(str(error).splitlines()[0])
            raise ReleaseError(f"the release could not be built: {said}") from error
        raise
    prune(home, keep, since)
    return Release(release_id, home.warehouse, is_new=True, rows=rows, checks=checks)


def _name_release(home: Home, built_at: dt.datetime, mark: str) -> str:
    """Return a name that no release has: a clock that was set back may come to the same second again."""
    while (home.releases / (name := f"{built_at:%Y%m%dT%H%M%S}-{mark[:8]}")).exists():
        built_at += dt.timedelta(seconds=1)
    return name


def _fingerprint(home: Home, sql: Path, now: dt.datetime) -> str:
    logs = [open_log(home, source) for source in SOURCES]
    return compute_fingerprint(home, pl.concat([log.read() for log in logs]), now, sql)


def _find_current_release(home: Home, mark: str) -> Release | None:
    """Return the release in use if it has this fingerprint, otherwise None; only then is it pulled from a bucket."""
    if home.is_shared:
        pointer = read_pointer(home)
        if pointer is None or pointer.fingerprint != mark:
            return None
        pull(home)
    used = read_release(home)
    if used is None or used.fingerprint != mark:
        return None
    return Release(used.release_id, home.warehouse, is_new=False, rows=used.rows, checks=used.checks)


def _build(
    home: Home,
    building: Path,
    facts: tuple[object, ...],
    config: Config,
    spark_master: str | None,
    sql: Path,
) -> list[CheckResult]:
    """Write the database to a new folder, with all tables, comments and check results; return the results.

    Raises:
        BrokenReleaseError: a blocking check failed.
        ModelError: a model, macro or check cannot run.
    """
    models, contract = load_models(sql), load_contract(sql)
    with (
        find_room(building / FILE) as file,
        duckdb.connect(file, config=config) as connection,
        open_engine(connection, building / TABLES, spark_master) as engine,
    ):
        register_lake(engine, home)
        longest = count_longest_table(connection)
        limit_threads(connection, longest)
        connection.begin()  # here and below: a commit for each statement would wait for the disk hundreds of times
        create_tables(connection, contract, choose_keys(longest))
        create_macros(connection, load_macros(sql))
        connection.commit()
        for done, model in enumerate(models, start=1):
            engine.run(model)
            report("build tables", done, len(models))
        results = run_checks(connection, load_checks(sql))
        if any(result.blocks for result in results):
            raise BrokenReleaseError(results)
        connection.begin()
        connection.execute(f"INSERT INTO meta_release VALUES ({', '.join('?' * len(facts))})", facts)
        connection.execute(INSERT_CHECKS, [json.dumps([_describe_result(result) for result in results])])
        # In one call, which takes half the time of hundreds.
        connection.execute(";\n".join(chain.from_iterable(map(list_comments, contract))))
        connection.commit()
        connection.execute("CHECKPOINT")
    return results


def choose_keys(longest: int) -> Keys:
    """Return the keys that tables get if the lake's longest table has so many rows."""
    for keys, most in KEYED_ROWS.items():
        if longest <= most:
            return keys
    return "none"


def _describe_result(result: CheckResult) -> dict[str, object]:
    """Return a row of `meta_check`."""
    return {
        "name": result.check.name,
        "description": result.check.description,
        "severity": result.check.severity,
        "passed": result.passed,
        "broken_rows": result.broken_rows,
        "sample": json.dumps(result.sample) if result.sample else None,
    }


@contextmanager
def find_room(path: Path) -> Generator[Path]:
    """Yield the path at which DuckDB writes a file, which lies at `path` afterwards.

    DuckDB takes what follows a `?` in a path for options, and cannot write there.
    """
    if "?" not in str(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="papers-") as place:
        yield Path(place, path.name)
        shutil.move(Path(place, path.name), path)


def verify(path: Path, limits: Config | None = None) -> dict[str, int]:
    """Open a finished file, read every value of every table, and return the number of rows of each table.

    Raises:
        ReleaseError: the file cannot be read in full, or was not closed cleanly.
    """
    if list_logs(path):
        raise ReleaseError(f"{path.name} was not closed cleanly: a write-ahead log is left")
    rows = {}
    try:
        with duckdb.connect(path, read_only=True, config=limits or {}) as connection:
            for (table,) in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall():
                whole = f'SELECT count(*), bit_xor(hash("{table}")) FROM "{table}"'
                rows[table] = connection.execute(whole).fetchall()[0][0]
    except duckdb.Error as error:
        raise ReleaseError(f"the new release cannot be read: {str(error).splitlines()[0]}") from error
    return rows


def _swap_in(home: Home, building: Path, release_id: str) -> None:
    """Flush a finished folder to the disk, make it read-only, rename it to a release, and point `current` at it."""
    file = building / FILE
    with file.open("rb") as opened, needed("flush a file", file):
        os.fsync(opened.fileno())
    seal(building)
    flush_folder(building)
    building.rename(home.releases / release_id)
    flush_folder(home.releases)
    home.set_current(release_id)


def prune(home: Home, keep: int, since: dt.datetime | None = None) -> None:
    """Remove unfinished builds, and outdated releases but for the one in use; in a bucket, too.

    Outdated are those beyond the newest `keep`, and those from before `since` (UTC) beyond the newest three. What the
    disk does not let go is said and stays; folders that the program did not make stay too.
    """
    in_use = home.read_current()
    for name in list_outdated([folder.name for folder in home.list_releases()], keep, since):
        if name != in_use:
            remove_sealed(home.releases / name)
    for folder in list_unfinished(home.releases, ".building-"):
        remove_sealed(folder)
    if home.is_shared:
        prune_shared(home, keep, since)
