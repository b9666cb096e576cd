"""Parses arXiv's descriptions of papers: answers of its Atom API, and lines of its metadata snapshot.

An answer describes the papers that were asked for and lists none: it names no day, and its ranks are the places in the
answer. How papers are asked for belongs in `sources.arxiv`. The formats: https://info.arxiv.org/help/api/user-manual.html
and https://www.kaggle.com/datasets/Cornell-University/arxiv.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from typing import NamedTuple, TypeVar, cast
from xml.etree.ElementTree import Element

from dagster_project.parse.authors import list_authorships, read_names
from dagster_project.parse.feed import ATOM, find_items, list_items, mark_item, read_root
from dagster_project.parse.links import arxiv_id
from dagster_project.parse.purge import LINES, Cut, Piece
from dagster_project.parse.rows import Category, Day, Entry, Parsed, Reject
from dagster_project.parse.text import fold_text

ARXIV = "{http://arxiv.org/schemas/atom}"
VERSION = re.compile(r"v([0-9]{1,3})$")
T = TypeVar("T")
PURGED = f"{ATOM}purged"
ERROR = "arxiv.org/api/errors"
"""Stands in the id of an entry that is an error."""


class Description(NamedTuple):
    """What an answer says of a paper; `raw` is its text as it came, and None means that the answer does not say."""

    id: str
    title: str
    abstract: str
    authors: list[tuple[str, str | None]]
    """Names in the paper's order, each with its affiliation."""
    categories: list[str]
    """The primary one first."""
    comment: str | None
    doi: str | None
    journal_ref: str | None
    version: int | None
    published_at: dt.datetime | None
    updated_at: dt.datetime | None
    raw: str

    @property
    def paper(self) -> str | None:
        """The paper's id without its version; None if the answer names no paper."""
        return arxiv_id(self.id)


def parse_arxiv(pages: Sequence[bytes], day: Day) -> Parsed:
    """Return the rows of the pages of one answer. Never raises: what cannot be parsed becomes a reject."""
    rows, seen = Parsed(), set[str]()
    for page in pages:
        try:
            for found in read_descriptions(page):
                _add(found, day, rows, seen)
        except (ValueError, RecursionError) as error:
            raw = page.decode("utf-8", "backslashreplace")
            rows.reject.append(Reject(*day, "payload", str(error)[:400], None, None, None, raw))
    return rows


def read_descriptions(body: bytes) -> list[Description]:
    """Return the papers of an answer, or of lines of the snapshot.

    Raises:
        ValueError: the body is neither; the text says what it is.
        RecursionError: it is nested too deep.
    """
    if holds_lines(body):
        return [_read_line(line.decode()) for line in body.splitlines() if line.strip()]
    return [_read_item(item, raw) for item, raw in list_items(body) if item.find(PURGED) is None]


def holds_lines(body: bytes) -> bool:
    """Return whether a body is of the snapshot's lines, and not of Atom."""
    return body.lstrip()[:1] == b"{"


def find_time(body: bytes) -> dt.datetime | None:
    """Return when arXiv wrote an answer (UTC, without a zone); None if it does not say."""
    try:
        return _read_time(_find_text(read_root(body), "updated"))
    except ValueError:
        return None


def find_error(body: bytes) -> str | None:
    """Return what arXiv says is wrong, if an answer is an error: a feed whose only entry is one.

    Raises:
        ValueError: the body is no answer; the text says what it is.
    """
    items = [] if holds_lines(body) else [item for item, _ in list_items(body)]
    if len(items) == 1 and ERROR in (_find_text(items[0], "id") or ""):
        return fold_text(_find_text(items[0], "summary") or "an error without a reason")
    return None


def _read_item(item: Element, raw: str) -> Description:
    authors = [
        (name, _fold(_find_text(node, "affiliation", ARXIV)))
        for node in item.iterfind(f"{ATOM}author")
        if (name := _find_text(node, "name"))
    ]
    primary = item.find(f"{ARXIV}primary_category")
    terms = [node.get("term", "") for node in item.iterfind(f"{ATOM}category")]
    address = _find_text(item, "id") or ""
    return Description(
        id=address,
        title=_find_text(item, "title") or "",
        abstract=_find_text(item, "summary") or "",
        authors=authors,
        categories=_list_once([*([] if primary is None else [primary.get("term", "")]), *terms]),
        comment=_find_text(item, "comment", ARXIV),
        doi=_find_text(item, "doi", ARXIV),
        journal_ref=_find_text(item, "journal_ref", ARXIV),
        version=int(found[1]) if (found := VERSION.search(address)) else None,
        published_at=_read_time(_find_text(item, "published")),
        updated_at=_read_time(_find_text(item, "updated")),
        raw=raw,
    )


def _read_line(line: str) -> Description:
    """Return the paper of a line of the snapshot."""
    said = json.loads(line)
    if not isinstance(said, dict):
        raise ValueError("a line of JSON that is no object")
    paper = cast("dict[str, object]", said)

    def find(name: str) -> str | None:
        value = paper.get(name)
        return value if isinstance(value, str) and value.strip() else None

    def list_all(name: str, kind: type[T]) -> list[T]:
        value = paper.get(name)
        return [one for one in cast("list[object]", value) if isinstance(one, kind)] if isinstance(value, list) else []

    versions = list_all("versions", dict)
    times = [_read_time(one.get("created")) for one in versions]
    last = VERSION.search(str(versions[-1].get("version", ""))) if versions else None
    return Description(
        id=find("id") or "",
        title=find("title") or "",
        abstract=find("abstract") or "",
        authors=[_join_name(list(map(str, parts))) for parts in list_all("authors_parsed", list)],
        categories=_list_once((find("categories") or "").split()),
        comment=find("comments"),
        doi=find("doi"),
        journal_ref=find("journal-ref"),
        version=int(last[1]) if last else None,
        published_at=times[0] if times else None,
        updated_at=times[-1] if times else None,
        raw=line,
    )


def _join_name(parts: list[str]) -> tuple[str, str | None]:
    """Return a name and its affiliation: family name, given names, suffix, and what else stands behind them."""
    family, given, suffix = (*parts, "", "", "")[:3]
    return " ".join(filter(None, (given, family, suffix))), ", ".join(filter(None, parts[3:])) or None


def _find_text(node: Element, name: str, space: str = ATOM) -> str | None:
    found = node.find(space + name)
    return None if found is None else "".join(found.itertext()).strip() or None


def _fold(text: str | None) -> str | None:
    return fold_text(text or "") or None


def _list_once(terms: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(fold_text, terms))))


def _read_time(printed: object) -> dt.datetime | None:
    """Return a time in UTC without a zone, as Atom or as RFC 822 write it; None if it is neither."""
    if not isinstance(printed, str):
        return None
    try:
        time = (dt.datetime.fromisoformat if printed[:4].isdigit() else parsedate_to_datetime)(printed)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time


def _add(found: Description, day: Day, rows: Parsed, seen: set[str]) -> None:
    """Add the rows of a paper, or the reject that it is."""
    paper, title = found.paper, fold_text(found.title)
    broken = (
        ("arxiv_error", "arXiv answered with an error")
        if ERROR in found.id
        else ("paper_id", "an entry whose id is no arXiv paper")
        if paper is None
        else ("repeated_entry", "the paper stands further up in the same answer")
        if paper in seen
        else ("title", "an entry without a title")
        if not title
        else None
    )
    if broken or paper is None:
        rule, reason = broken or ("", "")
        rows.reject.append(Reject(*day, rule, reason, paper, None, None, found.raw))
        return
    seen.add(paper)
    # Where a group stands before its members, arXiv prints the colon after its name as an author of its own.
    names, is_cut = read_names((name, None, None) for name, _ in found.authors if any(map(str.isalnum, name)))
    authors = list_authorships(day, paper, names)
    places = dict(reversed(found.authors))
    rows.author += [author._replace(affiliation=places.get(author.name_as_printed)) for author in authors]
    rows.category += [
        Category(*day, paper, place, term, place == 1) for place, term in enumerate(found.categories, start=1)
    ]
    rows.entry.append(
        Entry(
            *day,
            arxiv_id=paper,
            rank=len(seen),
            title=title,
            abstract=_fold(found.abstract),
            published_at=found.published_at,
            author_count=len(authors),
            authors_truncated=is_cut,
            arxiv_comment=_fold(found.comment),
            doi=_fold(found.doi),
            journal_ref=_fold(found.journal_ref),
            arxiv_version=found.version,
            updated_at=found.updated_at,
            raw=found.raw,
        )
    )


def _find_pieces(body: bytes) -> Iterator[Piece]:
    """Yield the papers of an answer, or of lines of the snapshot."""
    if not holds_lines(body):
        yield from find_items(body)
        return
    for piece in LINES.find(body):
        line = body[piece.start : piece.end]
        try:
            yield piece._replace(paper=_read_line(line.decode()).paper)
        except ValueError:
            yield piece


def _mark(piece: bytes, counts: bool) -> bytes:
    return b"" if holds_lines(piece) else mark_item(piece, counts)


CUT = Cut(_find_pieces, _mark)
