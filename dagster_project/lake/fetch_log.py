"""The fetch log: one record an attempt, append-only, in one small Parquet file a batch.

From it follow what is held (for conditional requests) and which versions of a day there are (for the parsers).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import NamedTuple

import polars as pl

from dagster_project.errors import DiskError
from dagster_project.lake.files import write_parquet_atomically
from dagster_project.lake.raw import RawStore
from dagster_project.sources.attempt import ANSWERS, Attempt, Held
from dagster_project.validate.schemas import Fetch

KNOWN_ANSWERS = [outcome.value for outcome in sorted(ANSWERS)]


class VersionName(NamedTuple):
    """A distinct answer for a day: when its votes were counted, and the names of its pages in the raw store."""

    captured_at: dt.datetime
    pages: tuple[str, ...]


class FetchLog:
    """The attempts of one source. A log is read as it was when it was opened, plus what was added through it."""

    def __init__(self, folder: Path, source: str, raw: RawStore) -> None:
        self._folder = folder / source
        self._raw = raw
        self._held: dict[dt.date, dict[str, Held]] | None = None

    def records(self) -> pl.DataFrame:
        """Return every attempt, oldest first.

        Raises:
            DiskError: a file of the log cannot be read.
        """
        files = sorted(self._folder.glob("*.parquet"))
        if not files:
            return pl.DataFrame(schema=pl.Schema(Fetch))
        return pl.concat([_read(file) for file in files]).sort("fetched_at", "date", "captured_at", "page")

    def _answers(self) -> pl.DataFrame:
        return self.records().filter(pl.col("outcome").is_in(KNOWN_ANSWERS), pl.col("sha256").is_not_null())

    def held(self, day: dt.date) -> dict[str, Held]:
        """Return, by address, the newest answer for `day` that the raw store holds."""
        if self._held is None:
            self._held = {}
            for date, url, sha256, etag, modified, items in (
                self._answers().select("date", "url", "sha256", "etag", "last_modified", "items").iter_rows()
            ):
                self._held.setdefault(date, {})[url] = Held(url, sha256, etag, modified, items)
        return {url: held for url, held in self._held.get(day, {}).items() if held.sha256 in self._raw}

    def add(self, attempts: Sequence[Attempt]) -> None:
        """Keep the bodies of `attempts` in the raw store, then the attempts in the log."""
        if not attempts:
            return
        for attempt in attempts:
            if attempt.body is not None:
                self._raw.put(attempt.body)
        names = [field.name for field in fields(Attempt)]
        rows = [dict(zip(names, astuple(attempt), strict=True)) for attempt in attempts]
        frame = pl.DataFrame(
            [row | {"bytes": row["size"], "outcome": str(row["outcome"])} for row in rows], schema=pl.Schema(Fetch)
        )
        stamp = dt.datetime.now(dt.UTC)
        while (file := self._folder / f"{stamp:%Y%m%dT%H%M%S%f}.parquet").exists():  # a clock may jump back
            stamp += dt.timedelta(microseconds=1)
        write_parquet_atomically(file, Fetch.validate(frame))
        self._held = None

    def versions(self, days: Iterable[dt.date] | None = None) -> dict[dt.date, list[VersionName]]:
        """Return the distinct answers for each day (of `days`, or of all) that has any, oldest first.

        An answer that equals the one before it is the same version: seen again, but nothing new.
        """
        answers = self._answers()
        if days is not None:
            answers = answers.filter(pl.col("date").is_in(list(days)))
        captures: dict[dt.date, dict[tuple[dt.datetime, dt.datetime], dict[int, str]]] = {}
        for date, fetched_at, captured_at, page, sha256 in answers.select(
            "date", "fetched_at", "captured_at", "page", "sha256"
        ).iter_rows():
            of_day = captures.setdefault(date, {})
            # Page 0 begins a capture; further pages belong to the last one that was begun with their `captured_at`.
            begun = [capture for capture in of_day if page and capture[0] == captured_at]
            of_day.setdefault(begun[-1] if begun else (captured_at, fetched_at), {})[page] = sha256
        return {date: _distinct(of_day) for date, of_day in captures.items()}


def _read(file: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(file)
    except pl.exceptions.PolarsError as error:
        raise DiskError(
            f"{file} is damaged: bring it back from a copy of the home; or move it away, then build the days that it "
            "told of again to fetch them"
        ) from error


def _distinct(captures: dict[tuple[dt.datetime, dt.datetime], dict[int, str]]) -> list[VersionName]:
    """Return the captures by the time they speak of, each that says the same as the one before it left out."""
    versions: list[VersionName] = []
    for (captured_at, _), pages in sorted(captures.items()):
        version = VersionName(captured_at, tuple(sha256 for _, sha256 in sorted(pages.items())))
        if not versions or versions[-1].pages != version.pages:
            versions.append(version)
    return versions
