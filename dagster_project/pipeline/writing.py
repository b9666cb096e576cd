"""Lets one process at a time write to a home, after it repaired what a killed one or an older release left there."""

from collections.abc import Generator
from contextlib import contextmanager

import polars as pl

from dagster_project.lake.exclusions import complete_exclusions
from dagster_project.lake.fetch_log import open_index_log, open_log
from dagster_project.lake.files import add_columns, list_parquet
from dagster_project.lake.home import Home
from dagster_project.lake.purge import read_purged, remove_clones
from dagster_project.parse.rows import OWN
from dagster_project.pipeline.marks import has_current_mark
from dagster_project.pipeline.parsing import parse, parse_source_index
from dagster_project.sources.attempt import TimeBasis
from dagster_project.sources.registry import SOURCES
from dagster_project.validate.schemas import TABLES


@contextmanager
def lock_for_writing(home: Home) -> Generator[None]:
    """Hold the home's lock while the body runs; first repair what a killed writer left unfinished.

    Raises:
        HomeBusyError: another process held the lock for too long.
    """
    with home.lock_for_writing() as left_half_way:
        for source in SOURCES:
            if not has_current_mark(home, source):
                _complete_columns(home, source)
        if left_half_way:
            if read_purged(home):
                remove_clones(home)
            for source in SOURCES:
                open_log(home, source).finish_gathering()
                parse(home, source)
                parse_source_index(home, source)
        yield


def _complete_columns(home: Home, source: str) -> None:
    """Add the columns that files of an older release lack: all of its captures were our own."""
    basis = TimeBasis.MEASURED if SOURCES[source].is_live else TimeBasis.ASSUMED
    values = {"time_basis": str(basis), "archive": OWN, "commit": None, "path": None}
    for log in (open_log(home, source), open_index_log(home, source)):
        log.add_columns(values)
    for table, schema in TABLES.items():
        for file in list_parquet(home.lake / table, source):
            unknown = {name: None for name, column in schema.columns().items() if column.nullable}
            add_columns(file, pl.Schema(schema), unknown | {"archive": OWN})
    complete_exclusions(home)
