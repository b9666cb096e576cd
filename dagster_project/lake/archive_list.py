"""The archives whose captures a home holds, as a table for SQL. It lies beside the raw bytes, as no list does.

Which archives are read belongs in `sources.archives`.
"""

from pathlib import Path

import polars as pl

from dagster_project.lake.files import ARCHIVES, scan, write_parquet_atomically
from dagster_project.lake.home import Home
from dagster_project.sources.archives import Archive
from dagster_project.validate import schemas
from dagster_project.validate.schemas import make_frame


def read_archives(home: Home) -> pl.DataFrame:
    """Return the archives that were ever read, sorted by name, as they were listed last."""
    file = _find_file(home)
    return scan([file]).collect() if file.exists() else make_frame(schemas.Archive, [])


def note_archive(home: Home, archive: Archive) -> None:
    """Add an archive to the table, or replace its row if the list says something else of it now."""
    held = read_archives(home)
    new = make_frame(schemas.Archive, [archive.describe()])
    if new.join(held, on=new.columns, how="anti").height:
        others = held.filter(pl.col("archive") != archive.name)
        write_parquet_atomically(_find_file(home), schemas.Archive.validate(pl.concat([others, new]).sort("archive")))


def _find_file(home: Home) -> Path:
    return home.archive_list / "all" / f"{ARCHIVES}.parquet"
