"""Dagster's SQLite event log, with a batch of events stored in one transaction.

A range of days emits two events a day and asset, and Dagster's own storage opens, commits and closes two databases
for each. Nothing about what is stored, or where, differs here.
"""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from threading import RLock
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage

BATCH = 500
"""Events that Dagster gathers before it stores them (`DAGSTER_EVENT_BATCH_SIZE`)."""


class BatchedEventLog(SqliteEventLogStorage):
    """Keeps both connections open, each in one transaction, while a batch is stored."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._open: dict[str, Any] = {}
        self._batch = RLock()
        super().__init__(base_dir, inst_data)
        # Dagster's own lock cannot be taken twice, and a batch holds two connections under it.
        self._db_lock = RLock()  # type: ignore[assignment]

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "BatchedEventLog":
        """Build the storage from its block in `dagster.yaml`."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Generator[Any]:
        with self._batch:
            if shard in self._open:
                yield self._open[shard]
                return
            with super()._connect(shard) as connection:
                yield connection

    def store_event_batch(self, events: Sequence[Any]) -> None:
        """Store events of one run, all or none."""
        with self._batch, ExitStack() as stack:
            try:
                for shard in (INDEX_SHARD_NAME, events[0].run_id):
                    self._open[shard] = stack.enter_context(super()._connect(shard))
                super().store_event_batch(events)
            finally:
                self._open.clear()
