"""Dagster's SQLite event log, quick with many events, and with slots of pools that die with their run.

Dagster's own storage opens and closes a database for each statement, and two for each event of an asset; here a
connection stays open, and a batch of events is one transaction. A run that is killed keeps its slot in a pool for
ever, and all after it wait: here a run that claims a slot holds a lock of the operating system, and whoever waits
frees the slots of runs that hold theirs no longer. What is stored, and where, is as there but for `plans_in_brief`.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._utils.concurrency import ConcurrencyClaimStatus
from dagster.version import __version__
from filelock import FileLock, Timeout
from sqlalchemy import Engine, create_engine, func, select

from dagster_project.lake.files import write_atomically

BATCH = 500
"""Events that Dagster gathers before it stores them (`DAGSTER_EVENT_BATCH_SIZE`)."""
KEPT = 8
"""Databases whose connection stays open: those of the latest runs, and the one across runs."""


class BatchedEventLog(SqliteEventLogStorage):
    """Keeps its latest connections, and has both of a run in one transaction while a batch is stored."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines = OrderedDict[str, Engine]()
        self._open: dict[str, Any] = {}
        self._has_columns: bool | None = None
        self._batch = RLock()
        self._held: dict[str, FileLock] = {}
        self.plans_in_brief = False
        """Whether a range of days is planned by one event, not one a day, which nobody looks at meanwhile."""
        super().__init__(base_dir, inst_data)
        # Dagster's own lock cannot be taken twice, and a batch holds two connections under it.
        self._db_lock = RLock()  # type: ignore[assignment]

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "BatchedEventLog":
        """Build the storage from its block in `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    @property
    def supports_partition_subset_in_asset_materialization_planned_events(self) -> bool:
        """Tell Dagster which of the two it may do."""
        return self.plans_in_brief

    @contextmanager
    def _connect(self, shard: str) -> Generator[Any]:
        with self._batch:
            if shard in self._open:
                yield self._open[shard]
                return
            with self._engine(shard).begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        """Return what holds the connection to a database, and the statements that were compiled for it."""
        if shard not in self._initialized_dbs:
            self._close(shard)
            with super()._connect(shard):
                pass  # this makes the database where there is none
        if shard not in self._engines:
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            )
        self._engines.move_to_end(shard)
        for oldest in list(self._engines)[:-KEPT]:
            self._close(oldest)
        return self._engines[shard]

    def _initdb(self, engine: Engine, for_index_shard: bool = False) -> None:
        """Make a database; that of a run as a copy of an empty one, since Dagster loads all its migrations for each."""
        file = Path(engine.url.database or "")
        if for_index_shard or file.stem == INDEX_SHARD_NAME or file.exists():
            super()._initdb(engine, for_index_shard)
            return
        empty = file.with_name(f"empty-{__version__}.run")
        if not empty.exists():
            super()._initdb(engine)
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            _copy(file, empty)
        else:
            _copy(empty, file)

    def _close(self, shard: str) -> None:
        if engine := self._engines.pop(shard, None):
            engine.dispose()

    def dispose(self) -> None:
        """Stop watching, and close what is open."""
        super().dispose()
        with self._batch:
            for shard in list(self._engines):
                self._close(shard)

    def store_event_batch(self, events: Sequence[Any]) -> None:
        """Store events of one run, all or none: each database takes its rows at once.

        Of an asset's events of a kind only the last one is noted as its newest: the others would be overwritten.
        """
        with self._batch, ExitStack() as stack:
            try:
                for shard in (INDEX_SHARD_NAME, events[0].run_id):
                    self._open[shard] = stack.enter_context(self._connect(shard))
                rows = [self._event_to_row(event) for event in events]
                self._open[events[0].run_id].execute(SqlEventLogStorageTable.insert(), rows)
                mirrored = [at for at, event in enumerate(events) if event.is_dagster_event and _is_mirrored(event)]
                if mirrored:
                    self._mirror([events[at] for at in mirrored], [rows[at] for at in mirrored])
            finally:
                self._open.clear()

    def _mirror(self, events: Sequence[Any], rows: Sequence[dict[str, Any]]) -> None:
        """Put events of assets, of checks and of a run's state into the database across runs."""
        index = self._open[INDEX_SHARD_NAME]
        index.execute(SqlEventLogStorageTable.insert(), rows)
        last_id = index.execute(select(func.max(SqlEventLogStorageTable.c.id))).scalar_one()
        ids = range(last_id - len(rows) + 1, last_id + 1)  # nobody else writes during a transaction
        of_assets = [
            (event, at) for event, at in zip(events, ids, strict=True) if event.dagster_event_type in ASSET_EVENTS
        ]
        self._store_asset_event_tags(index, [event for event, _ in of_assets], [at for _, at in of_assets])
        newest = {(event.dagster_event.asset_key, event.dagster_event_type): (event, at) for event, at in of_assets}
        for event, at in newest.values():
            self._store_asset_event(index, event, at)
        for event, at in zip(events, ids, strict=True):
            if event.dagster_event_type in ASSET_CHECK_EVENTS:
                self.store_asset_check_event(event, at)

    def _has_asset_key_index_cols_on_connection(self, conn: Any) -> bool:
        """Tell whether a table has columns that it has or has not for good: Dagster asks for each event."""
        if self._has_columns is None:
            self._has_columns = super()._has_asset_key_index_cols_on_connection(conn)
        return self._has_columns

    def _alive(self, run_id: str) -> Path:
        """Return the file that a run keeps locked while it holds slots, or waits for one."""
        return Path(self._base_dir) / f"{run_id}.alive"

    def claim_concurrency_slot(
        self, concurrency_key: str, run_id: str, step_key: str, priority: int | None = None
    ) -> ConcurrencyClaimStatus:
        """Claim a slot for a step of a run of this process, those of dead runs being free."""
        if run_id not in self._held:
            self._held[run_id] = FileLock(self._alive(run_id), thread_local=False)
            self._held[run_id].acquire()
        for other in self.get_concurrency_run_ids() - self._held.keys():
            try:
                with FileLock(self._alive(other), blocking=False):
                    self.free_concurrency_slots_for_run(other)
                    self._alive(other).unlink(missing_ok=True)
            except Timeout:
                pass  # it lives
        return super().claim_concurrency_slot(concurrency_key, run_id, step_key, priority)

    def free_concurrency_slot_for_step(self, run_id: str, step_key: str) -> None:
        """Free a step's slot, and the run's lock with its last."""
        super().free_concurrency_slot_for_step(run_id, step_key)
        if run_id in self._held and run_id not in self.get_concurrency_run_ids():
            self._alive(run_id).unlink(missing_ok=True)
            self._held.pop(run_id).release()


def _copy(file: Path, path: Path) -> None:
    """Copy a file, whole or not at all."""
    write_atomically(path, lambda opened: opened.write(file.read_bytes()))


def _is_mirrored(event: Any) -> bool:
    kinds = (ASSET_EVENTS, ASSET_CHECK_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS)
    return any(event.dagster_event_type in kind for kind in kinds)
