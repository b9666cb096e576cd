"""What the feeds of the site announced: each paper once a feed, with a date and votes that stay.

Later builds may read older captures, by which a paper would have matched earlier. What was announced is therefore kept
here; if this file is lost, dates are taken from the captures again. What matches a feed belongs in `site.feeds`.
"""

import polars as pl
from dataframely.exc import SchemaError, ValidationError

from dagster_project.errors import DamagedLakeError
from dagster_project.lake.files import ANNOUNCED
from dagster_project.lake.home import Home
from dagster_project.lake.single_file import SingleFile
from dagster_project.validate.schemas import Announcement


def read_announcements(home: Home) -> pl.DataFrame:
    """Return all that was announced, sorted by feed and number.

    Raises:
        DamagedLakeError: the file is damaged; the text says what to do.
    """
    announced = _open(home)
    try:
        return Announcement.validate(announced.read())
    except (pl.exceptions.PolarsError, SchemaError, ValidationError, ValueError) as error:
        raise DamagedLakeError(
            f"{announced.path} is damaged; remove it, then try again: entries of feeds keep their ids, and get dates "
            "from the captures that the home holds"
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
    return _open(home).write(pl.concat([held, numbered.select(held.columns)]))


def remove_announcements(home: Home, paper: str) -> None:
    """Remove all announcements of a paper."""
    kept = read_announcements(home).filter(pl.col("arxiv_id") != paper)
    if (announced := _open(home)).path.exists():
        announced.write(kept)


def _open(home: Home) -> SingleFile:
    return SingleFile(home.announcements / "all" / f"{ANNOUNCED}.parquet", Announcement, ("feed", "number", "arxiv_id"))
