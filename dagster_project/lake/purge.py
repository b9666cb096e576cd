"""Takes what is purged out of a home's raw bytes, its fetch log and the lake, and searches the home for what is left.

A purged paper is known by the SHA-256 of its id alone, by which it is also taken out of whatever comes in later. While
a purge goes on, a file names the paper and its titles; the purge can be stopped at any time and begun again. How papers
are cut out of an answer belongs in `parse.purge`.
"""

import datetime as dt
import glob
import json
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import polars as pl

from dagster_project.lake.exclusions import hash_id, read_exclusions
from dagster_project.lake.fetch_log import FetchLog
from dagster_project.lake.files import list_parquet, read_metadata, remove_sealed, scan, write_atomically
from dagster_project.lake.files import write_parquet_atomically as write_parquet
from dagster_project.lake.home import Home
from dagster_project.lake.raw import RawStore, unpack
from dagster_project.lake.tables import LakeTables
from dagster_project.parse.purge import LINES, MASK, cut_papers, is_telling, list_ids, make_pattern
from dagster_project.parse.rows import Day
from dagster_project.sources.attempt import Attempt, Outcome, hash_body
from dagster_project.sources.registry import SOURCES

PURGED = "purged by hand"
"""The reason of a fetch attempt whose answer is gone, or lacks a paper, for that reason."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What is purged: papers by the SHA-256 of their ids, and captures by source, day, time and archive."""

    papers: frozenset[str]
    captures: frozenset[tuple[str, dt.date, dt.datetime, str]]

    def __bool__(self) -> bool:
        return bool(self.papers or self.captures)

    def find_papers(self, body: bytes) -> set[str]:
        """Return the ids of the purged papers that an answer names."""
        return {paper for paper in list_ids(body) if hash_id(paper) in self.papers} if self.papers else set()


def read_purged(home: Home) -> Purged:
    """Return what is purged from a home."""
    rows = read_exclusions(home).filter("is_purged")
    captures = rows.filter(kind="capture").select("source", "listed_on", "captured_at", "archive")
    return Purged(frozenset(rows["arxiv_id_sha256"].drop_nulls()), frozenset(captures.iter_rows()))


def purge_attempts(
    home: Home, log: FetchLog, attempts: Sequence[Attempt], *, is_index: bool = False
) -> Sequence[Attempt]:
    """Return attempts as they may be stored: without the bytes of purged captures, and the purged papers in others."""
    purged = read_purged(home)
    if not purged:
        return attempts
    return [_purge_attempt(log, attempt, purged, is_index=is_index) for attempt in attempts]


def _purge_attempt(log: FetchLog, attempt: Attempt, purged: Purged, *, is_index: bool) -> Attempt:
    if attempt.body is None:
        return attempt
    if (attempt.source, attempt.date, attempt.captured_at, attempt.archive) in purged.captures:
        return replace(attempt, outcome=Outcome.MISSING, reason=PURGED, sha256=None, items=None, body=None)
    papers = purged.find_papers(attempt.body)
    if not papers:
        return attempt
    body = remove_papers(attempt.source, attempt.date, attempt.body, papers, is_index=is_index)
    sha256 = hash_body(body)
    held = log.find_held([attempt.date]).get(attempt.date, {}).get(attempt.url)
    is_held = held is not None and held.sha256 == sha256 and attempt.outcome == Outcome.FETCHED
    outcome = Outcome.UNCHANGED if is_held else attempt.outcome
    return replace(attempt, outcome=outcome, reason=_add_reason(attempt.reason), sha256=sha256, body=body)


def _add_reason(reason: str | None) -> str:
    return reason if reason and PURGED in reason else "; ".join(filter(None, [reason, PURGED]))


def remove_papers(
    source: str, day: dt.date, body: bytes, papers: set[str], titles: Iterable[str] = (), *, is_index: bool = False
) -> bytes:
    """Return an answer, or an index, without some papers; where it names them elsewhere, it is masked."""
    at = Day(source, day, dt.datetime(day.year, day.month, day.day))
    entries = [] if is_index else SOURCES[source].parse([body], at).entry
    of_papers = [entry for entry in entries if entry.arxiv_id in papers]
    cut = LINES if is_index else SOURCES[source].cut
    left = cut_papers(body, papers, cut, {entry.arxiv_id for entry in of_papers})
    return make_pattern(papers, {*titles, *(entry.title for entry in of_papers)}).sub(MASK, left)


@dataclass(frozen=True, slots=True)
class Task:
    """A purge that goes on: of a paper, with all titles that it had."""

    paper: str
    titles: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """What no file may hold at the end."""
        return make_pattern([self.paper], self.titles)


def find_task(home: Home) -> Path:
    """Return the file that names what is being purged, whether it exists or not."""
    return home.root / ".purging"


def read_task(home: Home) -> Task | None:
    """Return the purge that was begun and not finished; None if there is none."""
    file = find_task(home)
    if not file.exists():
        return None
    said = json.loads(file.read_text(encoding="utf-8"))
    return Task(said["paper"], frozenset(said["titles"]))


def begin_task(home: Home, paper: str) -> Task:
    """Write down what is being purged, with the titles that the lake knows, and return it."""
    begun = read_task(home)
    titles = set(begun.titles) if begun and begun.paper == paper else set[str]()
    for table in ("entry", "index"):
        if files := list_parquet(home.lake / table):
            titles |= set(scan(files).filter(arxiv_id=paper).select("title").collect()["title"])
    text = json.dumps({"paper": paper, "titles": sorted(titles)})
    write_atomically(find_task(home), lambda file: file.write(text.encode()))
    return Task(paper, frozenset(titles))


def purge_raw_bytes(home: Home, task: Task) -> None:
    """Rewrite every answer that names the paper, point its fetch attempts to the new bytes, and remove the old ones."""
    raw, pattern, new = RawStore(home.raw), task.pattern, dict[str, str]()
    logged = {
        sha256: (source, day, folder == home.index_log)
        for folder in (home.fetch_log, home.index_log)
        for sha256, source, day in _list_answers(folder)
    }
    for sha256, body in raw.read(raw.list_held()):
        if not pattern.search(body):
            continue
        if sha256 in logged:
            source, day, is_index = logged[sha256]
            left = remove_papers(source, day, body, {task.paper}, task.titles, is_index=is_index)
            [new[sha256]] = raw.put(source, [left])
        else:
            new[sha256] = ""  # no attempt points to it
    _point_to(home, new, pattern)
    raw.remove(new)
    for damaged in [*home.raw.glob("??/*.damaged"), *raw.packs.glob("*/*.damaged")]:
        damaged.unlink()


def _list_answers(folder: Path) -> Iterator[tuple[str, str, dt.date]]:
    """Yield the name of each logged answer, with its source and day."""
    if files := list_parquet(folder):
        answers = scan(files).filter(pl.col("sha256").is_not_null()).select("sha256", "source", "date")
        yield from answers.collect().iter_rows()


def _point_to(home: Home, new: Mapping[str, str], pattern: re.Pattern[bytes]) -> None:
    """Let the fetch attempts point to other bytes, and say that they were purged; mask what names the paper in them."""

    def mask(text: str) -> str:
        return pattern.sub(MASK, text.encode()).decode()

    for folder in (home.fetch_log, home.index_log):
        for file in list_parquet(folder):
            rows = scan([file]).collect()
            is_old = pl.col("sha256").is_in(list(new))
            masked = rows.with_columns(pl.col("url", "reason").map_elements(mask, return_dtype=pl.String))
            if not (rows.filter(is_old).is_empty() and masked.equals(rows)):
                reason = pl.col("reason").map_elements(_add_reason, return_dtype=pl.String, skip_nulls=False)
                rows = masked.with_columns(
                    pl.when(is_old).then(reason).otherwise("reason").alias("reason"),
                    pl.col("sha256").replace(new),
                )
                write_parquet(file, rows, read_metadata(file))


def purge_capture(home: Home, source: str, day: dt.date, captured_at: dt.datetime, archive: str) -> set[str]:
    """Remove the bytes of a capture, and return their names; the attempts that found them say that it was purged."""
    raw = RawStore(home.raw)
    is_list = (pl.col("date") == day) & (pl.col("archive") == archive)
    gone = set[str]()
    files = list_parquet(home.fetch_log, source)
    for file in files:
        gone |= set(scan([file]).filter(is_list, captured_at=captured_at).collect()["sha256"].drop_nulls())
    for file in files:
        rows, is_old = scan([file]).collect(), is_list & pl.col("sha256").is_in(list(gone))
        if not rows.filter(is_old).is_empty():
            values = {"outcome": str(Outcome.MISSING), "reason": PURGED, "sha256": None, "items": None}
            changed = [
                pl.when(is_old).then(pl.lit(value, rows.schema[name])).otherwise(name).alias(name)
                for name, value in values.items()
            ]
            write_parquet(file, rows.with_columns(changed), read_metadata(file))
    used = {sha256 for log in (home.fetch_log, home.index_log) for sha256, *_ in _list_answers(log)}
    raw.remove(raw.list_held() - used)
    return gone


def remove_clones(home: Home) -> None:
    """Remove the clones of archives: a history cannot be purged, and is cloned again when it is read next."""
    if home.clones.exists():
        shutil.rmtree(home.clones)


def remove_samples(home: Home) -> None:
    """Remove each sample that was set aside, with its releases."""
    for folder in home.find_set_aside():
        for release in folder.glob("releases/*"):
            remove_sealed(release)
        shutil.rmtree(folder)


def purge_lake(home: Home, paper: str) -> None:
    """Remove a paper from the rows of the lake that no raw bytes explain, after all others were parsed again."""
    tables = LakeTables(home.lake)
    for source, day, mark in [*tables.read_all_marks()]:
        frames = tables.read_day(source, day)
        left = {table: frame.filter(pl.col("arxiv_id").ne_missing(paper)) for table, frame in frames.items()}
        if any(len(left[table]) < len(frame) for table, frame in frames.items()):
            tables.replace(source, {day: mark}, left, tables.find_newest_day(source))


def find_left(home: Home, task: Task) -> list[Path]:
    """Return the files of a home that name a purged paper, by its id or by a title."""
    skipped = {find_task(home), home.root / ".lock"}
    found = find_naming(home.local, [task.paper, *filter(is_telling, task.titles)], task.pattern)
    return [file for file in found if file not in skipped]


def find_naming(folder: Path, texts: Sequence[str], pattern: re.Pattern[bytes] | None = None) -> list[Path]:
    """Return the files of a folder in which one of some texts stands, or which a pattern of them matches.

    What is compressed is unpacked; Parquet, DuckDB and SQLite are read as rows, too.
    """
    pattern = pattern or make_pattern(texts, ())
    with duckdb.connect() as parquet:  # one for all files, since opening it takes longer than reading most of them
        files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
        return [file for file in files if _names(file, pattern, texts, parquet)]


def _names(file: Path, pattern: re.Pattern[bytes], texts: Sequence[str], parquet: duckdb.DuckDBPyConnection) -> bool:
    try:
        body = file.read_bytes()
    except FileNotFoundError:  # SQLite removes its `-wal` and `-shm` once the database was read
        return False
    if pattern.search(body) or pattern.search(str(file).encode(errors="replace")):
        return True
    if file.suffix == ".zst":
        return bool(pattern.search(unpack(file) or b""))
    if file.suffix == ".parquet":
        parquet.read_parquet(glob.escape(str(file)), hive_partitioning=False).create_view("rows")
        return _holds_rows(parquet, "rows", texts) or any(map(pattern.search, _read_blobs(parquet, "rows")))
    if file.suffix == ".duckdb":
        with duckdb.connect(file, read_only=True) as release:
            tables = [name for (name,) in release.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            return any(_holds_rows(release, f'"{name}"', texts) for name in tables)
    if body.startswith(b"SQLite format 3\0"):
        with closing(sqlite3.connect(file)) as history:
            return any(pattern.search(line.encode(errors="replace")) for line in history.iterdump())
    return False


def _list_columns(connection: duckdb.DuckDBPyConnection, place: str, kind: str) -> list[str]:
    columns = connection.execute(f"DESCRIBE FROM {place}").fetchall()
    return [f'"{name}"' for name, of_column, *_ in columns if kind in of_column]


def _read_blobs(connection: duckdb.DuckDBPyConnection, place: str) -> Iterator[bytes]:
    """Yield all bytes of a table, such as answers in a pack."""
    for name in _list_columns(connection, place, "BLOB"):
        for (value,) in connection.execute(f"SELECT {name} FROM {place} WHERE {name} IS NOT NULL").fetchall():
            yield value


def _holds_rows(connection: duckdb.DuckDBPyConnection, place: str, texts: Sequence[str]) -> bool:
    """Return whether a text of any row holds one of some texts."""
    names = _list_columns(connection, place, "VARCHAR")
    if not names:
        return False
    row = f"lower(concat_ws(chr(10), {', '.join(names)}))"
    condition = " OR ".join([f"contains({row}, lower(?))"] * len(texts))
    return bool(connection.execute(f"SELECT count(*) FROM {place} WHERE {condition}", texts).fetchall()[0][0])
