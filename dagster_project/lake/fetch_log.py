"""The fetch log: one record an attempt, in one small Parquet file a batch, which are gathered by month.

From it follow what is held (for conditional requests) and which versions of a day there are (for the parsers).
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from dagster_project.errors import DiskError
from dagster_project.lake.files import carried_by, scan, write_parquet_atomically
from dagster_project.lake.raw import RawStore
from dagster_project.sources.attempt import ANSWERS, Attempt, Held
from dagster_project.validate.schemas import Fetch

KNOWN_ANSWERS = [outcome.value for outcome in sorted(ANSWERS)]

GATHERED = "papers.gathered"
UNREADABLE = (pl.exceptions.PolarsError, pa.ArrowException)
MANY = 30
"""Batches of a month that is not over, from which on they are gathered all the same."""


class VersionName(NamedTuple):
    """A distinct answer for a day: when its votes were counted, and the names of its pages in the raw store."""

    captured_at: dt.datetime
    pages: tuple[str, ...]


class FetchLog:
    """The attempts of one source."""

    def __init__(self, folder: Path, source: str, raw: RawStore) -> None:
        self._folder = folder / source
        self._raw = raw

    def records(self, *those: pl.Expr) -> pl.DataFrame:
        """Return every attempt, or those that expressions hold of, oldest first.

        Raises:
            DiskError: a file of the log cannot be read.
        """
        files = sorted(self._folder.glob("*.parquet"))
        if not files:
            return pl.DataFrame(schema=pl.Schema(Fetch))
        try:
            found = scan(files).filter(*those).collect()
        except UNREADABLE:
            found = pl.concat(map(_read, files)).filter(*those)  # this tells which file it is
        return found.sort("fetched_at", "date", "captured_at", "page")

    def _answers(self, days: Iterable[dt.date] | None) -> pl.DataFrame:
        of_days = [] if days is None else [pl.col("date").is_in(list(days))]
        return self.records(pl.col("outcome").is_in(KNOWN_ANSWERS), pl.col("sha256").is_not_null(), *of_days)

    def held(self, days: Iterable[dt.date]) -> dict[dt.date, dict[str, Held]]:
        """Return, by day and address, the newest answer for each of `days` that the raw store holds."""
        held: dict[dt.date, dict[str, Held]] = {}
        answers = self._answers(days)
        for date, url, sha256, etag, modified, items in answers.select(
            "date", "url", "sha256", "etag", "last_modified", "items"
        ).iter_rows():
            held.setdefault(date, {})[url] = Held(url, sha256, etag, modified, items)
        return {day: self._that_are_there(answers) for day, answers in held.items()}

    def _that_are_there(self, answers: Mapping[str, Held]) -> dict[str, Held]:
        return {url: held for url, held in answers.items() if held.sha256 in self._raw}

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

    def gather(self, now: dt.datetime) -> None:
        """Put the batches of each month that is over by `now` (UTC), or that has many, into one file.

        Which batches it holds stands in that file, so that one that a killed run left behind is not counted twice.
        """
        self.finish_gathering()
        months: dict[str, list[Path]] = {}
        for batch in sorted(self._folder.glob("????????T*.parquet")):
            months.setdefault(f"{batch.name[:4]}-{batch.name[4:6]}", []).append(batch)
        for month, batches in months.items():
            if month >= f"{now:%Y-%m}" and len(batches) < MANY:
                continue
            whole = self._folder / f"{month}.parquet"
            before = [whole] if whole.exists() else []
            names = json.dumps([batch.name for batch in batches])
            write_parquet_atomically(whole, pl.concat(map(_read, [*before, *batches])), {GATHERED: names})
            _remove(batches)

    def finish_gathering(self) -> None:
        """Remove the batches that stand in their month's file already: a run was ended while it gathered them."""
        for whole in self._folder.glob("????-??.parquet"):
            _remove(self._folder / name for name in json.loads(carried_by(whole).get(GATHERED, "[]")))

    def versions(self, days: Iterable[dt.date] | None = None) -> dict[dt.date, list[VersionName]]:
        """Return the distinct answers for each day (of `days`, or of all) that has any, oldest first.

        An answer that equals the one before it is the same version: seen again, but nothing new.
        """
        answers = self._answers(days)
        captures: dict[dt.date, dict[tuple[dt.datetime, dt.datetime], dict[int, str]]] = {}
        for date, fetched_at, captured_at, page, sha256 in answers.select(
            "date", "fetched_at", "captured_at", "page", "sha256"
        ).iter_rows():
            of_day = captures.setdefault(date, {})
            # Page 0 begins a capture; further pages belong to the last one that was begun with their `captured_at`.
            begun = [capture for capture in of_day if page and capture[0] == captured_at]
            of_day.setdefault(begun[-1] if begun else (captured_at, fetched_at), {})[page] = sha256
        return {date: _distinct(of_day) for date, of_day in captures.items()}


def _remove(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _read(file: Path) -> pl.DataFrame:
    try:
        return scan([file]).collect()
    except UNREADABLE as error:
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
