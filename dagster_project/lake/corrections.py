"""What an operator says of a paper in place of what its sources say: values for every later release, with the reason.

What a correction does to a release belongs in `sql/staging/`.
"""

import datetime as dt

import dataframely as dy
import polars as pl

from dagster_project.errors import CorrectionError
from dagster_project.lake.exclusions import read_id, require_paper
from dagster_project.lake.files import CORRECTED, list_parquet, scan
from dagster_project.lake.home import Home
from dagster_project.lake.single_file import SingleFile
from dagster_project.parse.links import complete_address
from dagster_project.parse.rows import CORRECTED_FIELDS
from dagster_project.parse.text import fold_space
from dagster_project.validate.schemas import Correction, Entry

ADDRESSES = ("thumbnail_url", "video_url", "github_repo", "project_page")


def read_corrections(home: Home) -> pl.DataFrame:
    """Return all corrections, sorted by paper and field."""
    return _open(home).read()


def correct(home: Home, text: str, field: str, value: str | None, reason: str, now: dt.datetime) -> str:
    """Correct a field of a paper, named by its id or address, and return its id. None is an unknown value.

    Raises:
        ExclusionError: the text names no paper, or one that the home does not hold.
        CorrectionError: the field cannot have this value.
    """
    paper = read_id(text)
    require_paper(home, paper)
    value = None if value is None else _read_value(home, field, value)
    if value is None and not Entry.columns()[CORRECTED_FIELDS[field]].nullable:
        raise CorrectionError(f"every paper has a {field}; give the right one")
    _open(home).replace(_is_of(paper, field), (paper, field, value, reason, now))
    return paper


def undo_correction(home: Home, text: str, field: str) -> str:
    """Take the correction of a paper's field back, and return the paper's id.

    Raises:
        ExclusionError: the text names no paper.
        CorrectionError: this field of the paper was not corrected.
    """
    paper = read_id(text)
    known = read_corrections(home).filter(arxiv_id=paper)["field"]
    if field not in known:
        raise CorrectionError(f"{field} of {paper} is not corrected; corrected are: {', '.join(known) or 'none'}")
    _open(home).replace(_is_of(paper, field))
    return paper


def remove_corrections(home: Home, paper: str) -> None:
    """Remove all corrections of a paper."""
    _open(home).replace(pl.col("arxiv_id") == paper)


def _read_value(home: Home, field: str, text: str) -> str:
    """Return a value as sources' values are kept: white space folded, addresses complete, times in ISO 8601 (UTC).

    Raises:
        CorrectionError: the field cannot have this value.
    """
    name = CORRECTED_FIELDS[field]
    column = Entry.columns()[name]
    if isinstance(column, dy.Datetime):
        value = _read_time(field, text)
        return value.isoformat(sep=" ", timespec="seconds") if field == name else value.date().isoformat()
    value = complete_address(text) if field in ADDRESSES else fold_space(text)
    if not value:
        kind = "a web address" if field in ADDRESSES else "a text"
        raise CorrectionError(f"{text!r} is not {kind} for {field}; for an unknown value: --unknown")
    if field == "organization" and not _knows_organization(home, value):
        raise CorrectionError(
            f"no source names the organisation {value!r}; dim_organization lists the names that there are"
        )
    is_good = pl.select(pl.lit(value).alias(name)).select(
        pl.all_horizontal(column.validation_rules(pl.col(name)).values())
    )
    if not is_good.item():
        raise CorrectionError(f"this {field} is too long, or piles up marks on a letter: {value[:60]!r}")
    return value


def _read_time(field: str, text: str) -> dt.datetime:
    try:
        value = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise CorrectionError(f"{text!r} is no time for {field}; write it as 2025-03-01 or 2025-03-01T06:15") from None
    return value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)


def _knows_organization(home: Home, name: str) -> bool:
    files = list_parquet(home.lake / "entry")
    return (
        bool(files) and not scan(files).select("organization").filter(organization=name).limit(1).collect().is_empty()
    )


def _open(home: Home) -> SingleFile:
    return SingleFile(home.corrections / "all" / f"{CORRECTED}.parquet", Correction, ("arxiv_id", "field"))


def _is_of(paper: str, field: str) -> pl.Expr:
    return (pl.col("arxiv_id") == paper) & (pl.col("field") == field)
