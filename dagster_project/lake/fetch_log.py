"""The fetch log: one record for each fetch attempt, in one small Parquet file a batch; batches are gathered by month.

It finds the responses that are held (for conditional requests) and the captures of a day (for the parsers). Their bytes
belong in `raw`.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from dagster_project.columns import read_columns
from dagster_project.errors import DiskError
from dagster_project.lake.files import (
    add_columns,
    is_period,
    list_parquet,
    make_batch_path,
    read_metadata,
    scan,
    write_parquet_atomically,
)
from dagster_project.lake.home import Home
from dagster_project.lake.raw import MANY, RawStore
from dagster_project.parse.rows import OWN
from dagster_project.sources.archives import Archive, HeldCaptures
from dagster_project.sources.attempt import ANSWERS, Attempt, Held, Outcome, TimeBasis
from dagster_project.validate.schemas import Fetch, make_frame

KNOWN_ANSWERS = [outcome.value for outcome in sorted(ANSWERS)]

GATHERED = "papers.gathered"
UNREADABLE = (pl.exceptions.PolarsError, pa.ArrowException)


class CaptureName(NamedTuple):
    """A capture of a day: when its votes were counted (UTC), its archive, and its pages by their SHA-256."""

    captured_at: dt.datetime
    archive: str
    pages: tuple[str, ...]
    time_basis: str = TimeBasis.MEASURED


class FetchLog:
    """The log of one source's fetch attempts."""

    def __init__(self, folder: Path, source: str, raw: RawStore) -> None:
        self._folder = folder / source
        self._source = source
        self._raw = raw

    def read(self, *conditions: pl.Expr) -> pl.DataFrame:
        """Return the attempts for which all conditions hold, oldest first.

        Raises:
            DiskError: a file of the log cannot be read.
        """
        files = self._list_files()
        if not files:
            return pl.DataFrame(schema=pl.Schema(Fetch))
        try:
            found = scan(files).filter(*conditions).collect()
        except UNREADABLE:
            found = pl.concat(map(_read_file, files)).filter(*conditions)  # its error names the file
        # Commits of an archive may share a time: their order is that of the history.
        return found.sort("fetched_at", "date", "captured_at", "page", maintain_order=True)

    def read_own(self) -> pl.DataFrame:
        """Return the attempts to ask the source itself, oldest first. Logs of an older release have no archives."""
        attempts = self.read()
        return attempts.filter(pl.col("archive") == OWN) if "archive" in attempts else attempts

    def _list_files(self) -> list[Path]:
        return list_parquet(self._folder.parent, self._folder.name)

    def _read_answers(self, days: Iterable[dt.date] | None) -> pl.DataFrame:
        of_days = [] if days is None else [pl.col("date").is_in(list(days))]
        return self.read(pl.col("outcome").is_in(KNOWN_ANSWERS), pl.col("sha256").is_not_null(), *of_days)

    def find_held(self, days: Iterable[dt.date] | None) -> dict[dt.date, dict[str, Held]]:
        """Return the newest response of each day, or of all days, and address, if the raw store holds it."""
        held: dict[dt.date, dict[str, Held]] = {}
        answers = self._read_answers(days).filter(pl.col("archive") == OWN)
        for date, url, sha256, etag, modified, items in answers.select(
            "date", "url", "sha256", "etag", "last_modified", "items"
        ).iter_rows():
            held.setdefault(date, {})[url] = Held(url, sha256, etag, modified, items)
        there = self._raw.list_held() if held else set[str]()
        return {day: {url: one for url, one in urls.items() if one.sha256 in there} for day, urls in held.items()}

    def find_held_captures(self, archive: Archive) -> HeldCaptures:
        """Return what the raw store holds of an archive."""
        held, there = HeldCaptures(), self._raw.list_held()
        names_days = archive.source.names_days
        rows = self.read(pl.col("archive") == archive.name).select(
            "date", "etag", "sha256", "bytes", "reason", "outcome"
        )
        for date, blob, sha256, size, reason, outcome in rows.iter_rows():
            if sha256 in there or outcome == Outcome.MISSING:  # an archive lacks nothing: a purge took it
                held.captures.add((date if names_days else None, blob))
                held.counts[date] += 1
                held.sizes[date] += size or 0
            elif sha256 is None:
                held.refused.add((blob, reason))
        return held

    def add(self, attempts: Sequence[Attempt]) -> None:
        """Write the bodies of `attempts` to the raw store, then the attempts to the log."""
        if not attempts:
            return
        by_day = sorted(attempts, key=lambda attempt: (attempt.date, attempt.captured_at))
        self._raw.put(self._source, [attempt.body for attempt in by_day if attempt.body is not None])
        fields = [declared.field for declared in read_columns(Attempt).values()]
        frame = make_frame(Fetch, [tuple(getattr(attempt, field) for field in fields) for attempt in attempts])
        write_parquet_atomically(make_batch_path(self._folder), Fetch.validate(frame))

    def add_columns(self, values: Mapping[str, object]) -> None:
        """Complete the files of an older release with the columns that they lack, each with one value."""
        for file in self._list_files():
            add_columns(file, pl.Schema(Fetch), values)

    def gather(self, now: dt.datetime) -> None:
        """Merge the batches of each month that is over at `now` (UTC), or that has `MANY`, into one file.

        The file names the batches that it holds, so that a batch that a killed run left behind is not counted twice.
        """
        self.finish_gathering()
        months: dict[str, list[Path]] = {}
        for batch in self._list_files():
            if not is_period(batch.stem):
                months.setdefault(f"{batch.name[:4]}-{batch.name[4:6]}", []).append(batch)
        for month, batches in months.items():
            if month >= f"{now:%Y-%m}" and len(batches) < MANY:
                continue
            whole = self._folder / f"{month}.parquet"
            before = [whole] if whole.exists() else []
            names = json.dumps([batch.name for batch in batches])
            write_parquet_atomically(whole, pl.concat(map(_read_file, [*before, *batches])), {GATHERED: names})
            _remove_files(batches)

    def list_answers(self) -> dict[str, int]:
        """Return the SHA-256 of all answers, with their bytes: those for a day side by side, the oldest first."""
        answers = self.read(pl.col("sha256").is_not_null()).sort("date", "captured_at", "page", maintain_order=True)
        sizes = answers.group_by("sha256", maintain_order=True).agg(pl.col("bytes").max().fill_null(0))
        return dict(sizes.iter_rows())

    def finish_gathering(self) -> None:
        """Remove the batches that a killed run has merged into their month's file but not removed."""
        for whole in filter(lambda file: is_period(file.stem), self._list_files()):
            _remove_files(self._folder / name for name in json.loads(read_metadata(whole).get(GATHERED, "[]")))

    def list_captures(self, days: Iterable[dt.date] | None = None) -> dict[dt.date, list[CaptureName]]:
        """Return the captures of each of `days`, or of all days, oldest first; a day without captures is left out.

        Left out are captures that equal the previous one of their archive, and those at an assumed time whose bytes
        another archive committed: they are one capture, and the commit's time is known. Only the first answer is of the
        assumed time; one that was written again later is of the time at which it was asked for.
        """
        answers = self._read_answers(days)
        captures: dict[dt.date, list[_Pages]] = {}
        for date, fetched_at, captured_at, archive, commit, time_basis, page, sha256 in answers.select(
            "date", "fetched_at", "captured_at", "archive", "commit", "time_basis", "page", "sha256"
        ).iter_rows():
            of_day = captures.setdefault(date, [])
            # Page 0 begins a capture; later pages belong to the last one of the same time, archive and commit.
            begun = [one for one in of_day if page and one.names == (captured_at, archive, commit)]
            if not begun:
                of_day.append(_Pages((captured_at, archive, commit), fetched_at, time_basis))
            (begun or of_day)[-1].found[page] = sha256
        return {date: _drop_repeats(of_day) for date, of_day in captures.items()}


def open_log(home: Home, source: str) -> FetchLog:
    """Return the log of the attempts to fetch days or papers of a source, and of the archives that hold them."""
    return FetchLog(home.fetch_log, source, RawStore(home.raw))


def open_index_log(home: Home, source: str) -> FetchLog:
    """Return the log of the attempts to fetch a source's own index."""
    return FetchLog(home.index_log, source, RawStore(home.raw))


def _remove_files(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _read_file(file: Path) -> pl.DataFrame:
    try:
        return scan([file]).collect()
    except UNREADABLE as error:
        raise DiskError(
            f"{file} is damaged: restore it from a copy of the home; or move it away, then build its days again "
            "to fetch them"
        ) from error


@dataclass(slots=True)
class _Pages:
    """The pages of a capture that were found so far."""

    names: tuple[dt.datetime, str, str | None]
    """Time, archive and commit."""
    fetched_at: dt.datetime
    time_basis: str
    found: dict[int, str] = field(default_factory=dict)

    def name(self) -> CaptureName:
        pages = tuple(sha256 for _, sha256 in sorted(self.found.items()))
        return CaptureName(self.names[0], self.names[1], pages, self.time_basis)


def _drop_repeats(captures: Iterable[_Pages]) -> list[CaptureName]:
    """Return the captures, oldest first, without those that say nothing of their own."""
    assumed = dict[str, dt.datetime]()
    names = list[CaptureName]()
    for capture in sorted(captures, key=lambda one: one.fetched_at):
        name = capture.name()
        if name.time_basis == TimeBasis.ASSUMED:
            if before := assumed.get(name.archive):
                # A digest may be fetched before the hour at which it is assumed to be written.
                name = name._replace(captured_at=max(capture.fetched_at, before + dt.timedelta(microseconds=1)))
            assumed[name.archive] = name.captured_at
        names.append(name)
    names.sort(key=lambda name: (name.captured_at, name.archive))
    committed = {name.pages for name in names if name.time_basis == TimeBasis.COMMITTED}
    distinct: list[CaptureName] = []
    newest: dict[str, tuple[str, ...]] = {}
    for name in names:
        is_assumed = name.time_basis == TimeBasis.ASSUMED and name.pages in committed
        if not is_assumed and newest.get(name.archive) != name.pages:
            distinct.append(name)
        newest[name.archive] = name.pages
    return distinct
