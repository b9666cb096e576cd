"""The archives whose captures a home holds, as a table for SQL. It lies beside the raw bytes, as no list does.

Which archives are read belongs in `sources.archives`.
"""

import polars as pl

from dagster_project.lake.files import ARCHIVES
from dagster_project.lake.home import Home
from dagster_project.lake.single_file import SingleFile
from dagster_project.sources.archives import Archive
from dagster_project.validate import schemas


def read_archives(home: Home) -> pl.DataFrame:
    """Return the archives that were ever read, sorted by name, as they were listed last."""
    return _open(home).read()


def note_archive(home: Home, archive: Archive) -> None:
    """Add an archive to the table, or replace its row if the list says something else of it now."""
    if archive.describe() not in read_archives(home).rows():
        _open(home).replace(pl.col("archive") == archive.name, archive.describe())


def _open(home: Home) -> SingleFile:
    return SingleFile(home.archive_list / "all" / f"{ARCHIVES}.parquet", schemas.Archive, ("archive",))
