"""What the feeds of the site announced: each paper once a feed, with a date and votes that stay.

Later builds may read older captures, by which a paper would have matched earlier. What was announced is therefore kept
here; if this file is lost, dates are taken from the captures again. What matches a feed belongs in `site.feeds`.
"""

from pathlib import Path

import polars as pl
from dataframely.exc import SchemaError, ValidationError

from dagster_project.errors import DamagedLakeError
from dagster_project.lake.files import ANNOUNCED, scan, write_parquet_atomically
from dagster_project.lake.home import Home
from dagster_project.validate.schemas import Announcement, make_frame


def read_announcements(home: Home) -> pl.DataFrame:
    """Return all that was announced, sorted by feed and number.

    Raises:
        DamagedLakeError: the file is damaged; the text says what to do.
    """
    file = _find_file(home)
    if not file.exists():
        return make_frame(Announcement, [])
    try:
        return Announcement.validate(scan([file]).collect())
    except (pl.exceptions.PolarsError, SchemaError, ValidationError, ValueError) as error:
        raise DamagedLakeError(
            f"{file} is damaged; remove it, then try again: entries of feeds keep their ids, and get dates from the "
            "captures that the home holds"
        ) from error


def announce(home: Home, found: pl.DataFrame) -> pl.DataFrame:
    """Announce what was found and was not before, and return all that was announced.

    The `number` of what was found orders it within its feed. The caller holds the home's lock.

    Raises:
        DamagedLakeError: the file of what was announced is damaged.
    """
    held = read_announcements(home)
    new = found.join(held, on=["feed", "arxiv_id"], how="anti")
    if new.is_empty():
        return held
    last = held.group_by("feed").agg(pl.col("number").max().alias("last"))
    numbered = new.join(last, on="feed", how="left").with_columns(
        (pl.col("number").rank("dense").over("feed") + pl.col("last").fill_null(0)).cast(pl.Int32).alias("number")
    )
    announced = pl.concat([held, numbered.select(held.columns)]).sort("feed", "number", "arxiv_id")
    write_parquet_atomically(_find_file(home), Announcement.validate(announced))
    return announced


def remove_announcements(home: Home, paper: str) -> None:
    """Remove all announcements of a paper."""
    kept = read_announcements(home).filter(pl.col("arxiv_id") != paper)
    if _find_file(home).exists():
        write_parquet_atomically(_find_file(home), kept)


def _find_file(home: Home) -> Path:
    return home.announcements / "all" / f"{ANNOUNCED}.parquet"
