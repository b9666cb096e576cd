"""Takes purged papers out of the bytes of an answer, so that what is left parses to the rows of all other papers.

Each format says where its papers stand, and how to mark a place that is kept: the ranks and lines of other papers must
not move. Which papers are purged, and where bytes lie, belongs in `lake.purge`.
"""

import html
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

MASK = b"[purged]"
"""Stands in place of an id or a title in other text."""
IDS = re.compile(
    rb"(?<![0-9.])[0-9]{4}\.[0-9]{4,5}(?![0-9])|(?<![a-z-])[a-z][a-z-]{1,20}(?:\.[A-Z]{2})?/[0-9]{7}(?![0-9])"
)
"""Matches the arXiv ids in a text, without their versions."""
SPACE = rb"(?:\s|\\n|\\t)+"
"""Between the words of a title, also as JSON writes it."""


class Piece(NamedTuple):
    """A paper in an answer: where it starts and ends, in bytes, and its id; None if it has none."""

    start: int
    end: int
    paper: str | None


FindPieces = Callable[[bytes], Iterable[Piece]]
"""Lists the papers of an answer in order.

Raises:
    ValueError, RecursionError: it is not of the format.
"""


class Cut(NamedTuple):
    """How papers are taken out of a format."""

    find: FindPieces
    mark: Callable[[bytes, bool], bytes]
    """Returns what stands in place of a piece, given its bytes and whether the place counts for ranks."""


def find_lines(body: bytes) -> Iterator[Piece]:
    """Yield each line as a piece without an id: a format of which no more is known."""
    start = 0
    for line in body.splitlines(keepends=True):
        yield Piece(start, start + len(line), None)
        start += len(line)


LINES = Cut(find_lines, lambda _piece, _counts: b"")


def list_ids(body: bytes) -> set[str]:
    """Return the arXiv ids that stand anywhere in a text."""
    return {found.decode() for found in IDS.findall(body)}


def cut_papers(body: bytes, papers: Collection[str], cut: Cut, counted: Collection[str]) -> bytes:
    """Return an answer without some papers, and without what has no id and names one of them.

    `counted` are the papers whose place counts for ranks. Line breaks stay, so that lines keep their numbers.
    """
    try:
        pieces = list(cut.find(body))
    except (ValueError, RecursionError):
        cut, pieces = LINES, list(find_lines(body))
    parts, end, left = list[bytes](), 0, set(counted)
    for piece in pieces:
        text = body[piece.start : piece.end]
        if piece.paper in papers or (piece.paper is None and not list_ids(text).isdisjoint(papers)):
            mark = cut.mark(text, piece.paper in left)
            left.discard(piece.paper or "")
            breaks = text.count(b"\n") - mark.count(b"\n")
            parts += [body[end : piece.start], mark, b"\n" * breaks]
            end = piece.end
    return b"".join([*parts, body[end:]])


def make_pattern(papers: Iterable[str], titles: Iterable[str]) -> re.Pattern[bytes]:
    """Return a pattern of papers' ids, and of their titles in every way in which a format may write them."""
    ids = [re.escape(paper.encode()) for paper in papers]
    names = [SPACE.join(map(_spell, title.split())) for title in titles if is_telling(title)]
    forms = sorted([*ids, *names], key=len, reverse=True)
    return re.compile(b"|".join(forms) or b"(?!)", re.IGNORECASE)


def is_telling(title: str) -> bool:
    """Return whether a title names its paper wherever it stands; one of a word or two may be any text."""
    return len(title.split()) > 2


def _spell(word: str) -> bytes:
    """Return a pattern of the ways in which JSON, XML and plain text write a word."""
    quoted = {json.dumps(word, ensure_ascii=escapes)[1:-1] for escapes in (True, False)}
    forms = {word, html.escape(word), html.escape(word, quote=False), *quoted}
    return b"(?:" + b"|".join(sorted(re.escape(form.encode(errors="replace")) for form in forms)) + b")"
