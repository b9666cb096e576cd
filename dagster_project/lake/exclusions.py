"""Captures and papers that an operator took out of every later release, with the reason. Their bytes and rows stay.

What an exclusion does to a release belongs in `publish.lake_views`.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable

import polars as pl

from dagster_project.errors import ExclusionError
from dagster_project.lake.fetch_log import open_log
from dagster_project.lake.files import EXCLUDED, add_columns, list_parquet, scan
from dagster_project.lake.home import Home
from dagster_project.lake.single_file import SingleFile
from dagster_project.parse.links import arxiv_id
from dagster_project.parse.rows import OWN
from dagster_project.validate.schemas import Exclusion

CAPTURE, PAPER = "capture", "paper"
"""What an exclusion is of."""

Place = tuple[dt.datetime, str]
"""Time (UTC) and archive of a capture."""


def read_exclusions(home: Home) -> pl.DataFrame:
    """Return all exclusions, sorted: captures before papers."""
    return _open(home).read()


def complete_exclusions(home: Home) -> None:
    """Complete the exclusions of an older release, all of which are of captures, and of our own at first."""
    if (file := _open(home).path).exists():
        paper = {"arxiv_id": None, "arxiv_id_sha256": None, "is_purged": False}
        add_columns(file, pl.Schema(Exclusion), {"archive": OWN, "kind": CAPTURE, **paper})


def exclude_capture(
    home: Home,
    source: str,
    day: dt.date,
    time: str,
    reason: str,
    now: dt.datetime,
    archive: str | None = None,
    *,
    is_purged: bool = False,
) -> Place:
    """Exclude the capture of a day whose time (UTC, ISO 8601) begins with `time`; return its whole time and archive.

    One that was excluded before may be so again, even if its bytes were purged.

    Raises:
        ExclusionError: no capture of that day has this time, or several have.
    """
    log = open_log(home, source)
    known = [(capture.captured_at, capture.archive) for capture in log.list_captures([day]).get(day, [])]
    known += _list_excluded(home, source, day)
    place = _find_place(known, time, archive, f"{source} {day}")
    row = (CAPTURE, source, day, *place, None, None, is_purged, reason, now)
    _open(home).replace(_is_capture(source, day, place), row)
    return place


def include_capture(home: Home, source: str, day: dt.date, time: str, archive: str | None = None) -> Place:
    """Take an exclusion back, and return the time and archive of its capture.

    Raises:
        ExclusionError: no excluded capture of that day has this time, or several have.
    """
    place = _find_place(_list_excluded(home, source, day), time, archive, f"excluded {source} {day}")
    _open(home).replace(_is_capture(source, day, place))
    return place


def _list_excluded(home: Home, source: str, day: dt.date) -> list[Place]:
    of_day = read_exclusions(home).filter(source=source, listed_on=day)
    return list(of_day.select("captured_at", "archive").iter_rows())


def exclude_paper(home: Home, text: str, reason: str, now: dt.datetime, *, is_purged: bool = False) -> str:
    """Exclude a paper, named by its id or address, and return its id without a version.

    Of a purged paper only the SHA-256 of its id is kept.

    Raises:
        ExclusionError: the text names no paper, or one that the home does not hold.
    """
    paper = read_id(text)
    require_paper(home, paper)
    kept = None if is_purged else paper
    _open(home).replace(_is_paper(paper), (PAPER, None, None, None, None, kept, hash_id(paper), is_purged, reason, now))
    return paper


def require_paper(home: Home, paper: str) -> None:
    """Make sure that a home holds a paper, or excludes it.

    Raises:
        ExclusionError: it does not.
    """
    if not _holds_paper(home, paper) and read_exclusions(home).filter(_is_paper(paper)).is_empty():
        raise ExclusionError(f"{home.root} holds no paper {paper}; check the id, or build its days first")


def include_paper(home: Home, text: str) -> str:
    """Take the exclusion of a paper back, and return its id.

    Raises:
        ExclusionError: the text names no paper, or one that is not excluded.
    """
    paper = read_id(text)
    exclusions = read_exclusions(home)
    if exclusions.filter(_is_paper(paper)).is_empty():
        known = ", ".join(exclusions["arxiv_id"].drop_nulls()) or "none"
        raise ExclusionError(f"the paper {paper} is not excluded; there are: {known}")
    _open(home).replace(_is_paper(paper))
    return paper


def read_id(text: str) -> str:
    """Return the arXiv id that a text is or that an address names, without its version.

    Raises:
        ExclusionError: it is neither.
    """
    if paper := arxiv_id(text):
        return paper
    raise ExclusionError(f"{text!r} is no arXiv id; write it as 2401.00001, hep-th/9901001 or the paper's address")


def hash_id(paper: str) -> str:
    """Return the SHA-256 by which an excluded paper is known, in hexadecimal."""
    return hashlib.sha256(paper.encode()).hexdigest()


def _holds_paper(home: Home, paper: str) -> bool:
    """Return whether a row of the lake names a paper."""
    for table in ("entry", "index", "reject"):
        files = list_parquet(home.lake / table)
        if files and not scan(files).select("arxiv_id").filter(arxiv_id=paper).limit(1).collect().is_empty():
            return True
    return False


def _is_paper(paper: str) -> pl.Expr:
    return pl.col("arxiv_id_sha256").eq_missing(pl.lit(hash_id(paper)))


def _is_capture(source: str, day: dt.date, place: Place) -> pl.Expr:
    wanted = {"source": source, "listed_on": day, "captured_at": place[0], "archive": place[1]}
    return pl.all_horizontal(pl.col(name).eq_missing(pl.lit(value)) for name, value in wanted.items())


def _find_place(known: Iterable[Place], time: str, archive: str | None, what: str) -> Place:
    """Return the one known place whose time begins with `time`, and whose archive is `archive` if one is named."""
    wanted = time.strip().replace(" ", "T").removesuffix("Z")
    places = sorted(set(known))
    found = [place for place in places if place[0].isoformat().startswith(wanted) and archive in (None, place[1])]
    if len(found) != 1:
        times = ", ".join(f"{at.isoformat()} of {holder}" for at, holder in places) or "none"
        raise ExclusionError(f"{len(found)} captures of {what} have the time {time}; there are: {times}")
    return found[0]


def _open(home: Home) -> SingleFile:
    order = ("kind", "source", "listed_on", "captured_at", "archive", "arxiv_id_sha256")
    return SingleFile(home.exclusions / "all" / f"{EXCLUDED}.parquet", Exclusion, order)
