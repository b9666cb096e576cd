"""Parses a Markdown digest, of any era of the format, into rows.

Every line is used or rejected: a line that cannot be parsed becomes a reject, and parsing goes on. The kinds of lines
belong in `blocks`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from dagster_project.parse.authors import Printed, list_authorships, read_names, split_persons
from dagster_project.parse.blocks import BULLETS, Block, Kind, is_head, is_utf8, names_paper, scan
from dagster_project.parse.links import arxiv_id, complete_address
from dagster_project.parse.purge import Cut, Piece
from dagster_project.parse.rows import MOST, Day, Entry, Parsed, Reject, Section
from dagster_project.parse.text import (
    LONGEST_LITERAL,
    detect_language,
    drop_comments,
    fold_space,
    fold_text,
    read_literal,
    translate_heading,
)

AUTHORS_CUT = "+"
"""The sign that the archive's writer printed in place of the names after the 22nd, anywhere in the list."""

HEADING = re.compile(r"#{1,2}\s{1,9}Daily Papers\s{0,9}(?:\((\d{4}-\d{2}-\d{2})\))?\s*", re.IGNORECASE)
VOTES = re.compile(r"Votes?:\s{0,9}(-|\d{1,10})\s*")
SOURCE_ATTRIBUTE = re.compile(r"""\bsrc\s?=\s?(?:"([^"\s]*)"|'([^'\s]*)')""")
LABEL = re.compile(r"\*{2,3}(?P<label>[^*\n]{1,80})(?:\*{2,3}[ *]{0,3}[:：]|[:：] ?\*{2,3})")


@dataclass(slots=True)
class _Paper:
    """The blocks under one entry head, in order."""

    head: Block
    blocks: list[Block] = field(default_factory=list)

    @property
    def raw(self) -> str:
        return b"".join(block.raw for block in (self.head, *self.blocks)).decode("utf-8", "backslashreplace")

    @property
    def is_summarised(self) -> bool:
        return any(block.kind is Kind.SECTION for block in self.blocks)

    @property
    def line_end(self) -> int:
        return (self.blocks[-1] if self.blocks else self.head).line_end


def parse_digest(pages: Sequence[bytes], day: Day) -> Parsed:
    """Return the rows of one capture, which has one page. Never raises: what cannot be parsed becomes a reject."""
    return _Reader(day).read(b"".join(pages))


def find_papers(body: bytes) -> Iterator[Piece]:
    """Yield the papers of a digest, each with all lines under its head, and the blocks that belong to none."""
    start = 0
    for piece in _group_papers(scan(body)):
        blocks = [piece.head, *piece.blocks] if isinstance(piece, _Paper) else [piece]
        end = start + sum(len(block.raw) for block in blocks)
        head = drop_comments(piece.head.text) if isinstance(piece, _Paper) else ""
        yield Piece(start, end, arxiv_id(_split_head(head)[1]))
        start = end


PURGED, PURGED_AGAIN = "### purged", "### purged again"
"""The heads that keep the place of a purged paper; only the first of them counts for ranks."""


def _mark(piece: bytes, counts: bool) -> bytes:
    if not is_head(piece.decode(errors="replace")):
        return b""
    return (PURGED if counts else PURGED_AGAIN).encode()


CUT = Cut(find_papers, _mark)


class _Reader:
    """Parses one digest, and holds the rows found so far."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.rows = Parsed()
        self.seen: set[str] = set()

    def read(self, body: bytes) -> Parsed:
        blocks = list(scan(body))
        if not body.endswith(b"\n"):
            blocks = self._distrust_last_line(blocks)
        ours, last = True, None
        for piece in _group_papers(blocks):
            if isinstance(piece, _Paper) and piece.head.text in (PURGED, PURGED_AGAIN):
                self.seen |= {f"purged {len(self.seen)}"} if piece.head.text == PURGED else set()
                last = None
            elif isinstance(piece, _Paper):
                last = piece if ours and self._add_paper(piece) else None
                if not ours:
                    self._reject_paper(piece, "another_day", "stands under another day's heading")
            elif piece.kind is Kind.HEADING:
                ours = self._read_heading(piece, is_first=not self.seen)
            elif piece.kind is not Kind.BLANK:
                self._reject_unrecognised(piece)
        if last and self.rows.section and not last.is_summarised:
            # The missing part would follow the last line.
            end = Block(Kind.BLANK, last.line_end + 1, last.line_end + 1, b"")
            self._reject(end, "truncated", "the digest ends before the summary of its last paper")
        return self.rows

    def _reject(self, block: Block, rule: str, reason: str, *, paper: str | None = None) -> None:
        self.rows.reject.append(Reject(*self.day, rule, reason, paper, block.line_start, block.line_end, block.text))

    def _reject_paper(self, paper: _Paper, rule: str, reason: str, known_id: str | None = None) -> Literal[False]:
        """Reject an entry head and all lines under it."""
        span = paper.head.line_start, paper.line_end
        self.rows.reject.append(Reject(*self.day, rule, reason, known_id, *span, paper.raw))
        return False

    def _reject_unrecognised(self, block: Block, paper: str | None = None) -> None:
        if not is_utf8(block.raw):
            self._reject(block, "not_utf8", "the line holds bytes that are not UTF-8", paper=paper)
        elif block.kind is Kind.COMMENT:
            rule = "commented_entry" if "###" in block.text else "comment"
            reason = "stands in an HTML comment" if "-->" in block.text else "stands in an HTML comment without an end"
            self._reject(block, rule, reason, paper=paper)
        else:
            self._reject(block, "unrecognised_line", "no part of the format looks like this line", paper=paper)

    def _report_fenced_heads(self, block: Block, paper: str) -> None:
        """Reject each entry head in fenced code, which is text of a section: a fence may be there by mistake."""
        for number, line in enumerate(block.text.split("\n"), start=block.line_start):
            if block.kind is Kind.FENCE and names_paper(line):
                head = Block(Kind.HEAD, number, number, line.encode())
                self._reject(head, "fenced_entry", "an entry head in fenced code is text", paper=paper)

    def _distrust_last_line(self, blocks: list[Block]) -> list[Block]:
        """Reject the last line, which may be cut; return the blocks without it, unless it is prose."""
        if not blocks or blocks[-1].kind is Kind.BLANK:
            return blocks
        *rest, last = blocks
        self._reject(last, "truncated", "the file ends in the middle of a line")
        return blocks if last.kind in (Kind.SECTION, Kind.FENCE) else rest

    def _read_heading(self, block: Block, *, is_first: bool) -> bool:
        """Return whether the papers under this heading belong to the day.

        Only the first heading decides: a digest that was appended to has several headings, and is still one digest.
        """
        heading = HEADING.fullmatch(block.text)
        if heading is None:
            self._reject(block, "heading", "more than a heading and its date")
        elif heading[1] and heading[1] != self.day.listed_on.isoformat():
            self._reject(block, "another_day", f"heading of {heading[1]} in the digest of {self.day.listed_on}")
            return not is_first
        return True

    def _add_paper(self, paper: _Paper) -> bool:
        """Add a paper, or reject it as a whole; return whether it was added."""
        title, link = _split_head(drop_comments(paper.head.text))
        title, known_id = fold_text(title), arxiv_id(link)
        if not is_utf8(paper.head.raw):
            return self._reject_paper(paper, "not_utf8", "the entry head holds bytes that are not UTF-8", known_id)
        if known_id is None or not title:
            wrong = "links to no arXiv paper" if known_id is None else "has no title"
            reason = f"the entry head {wrong if link else 'is not of the form `### [title](link)`'}"
            return self._reject_paper(paper, "entry_head", reason, known_id)
        if known_id in self.seen:
            reason = "the paper stands further up in the same digest"
            return self._reject_paper(paper, "repeated_entry", reason, known_id)
        self.seen.add(known_id)
        found: dict[Kind, Any] = {}
        sections: list[list[Block]] = []
        for block in paper.blocks:
            if block.kind is Kind.SECTION and (not sections or block.text.startswith(BULLETS)):
                sections.append([block])
            elif block.kind is Kind.SECTION or (block.kind is Kind.FENCE and sections):
                sections[-1].append(block)
                self._report_fenced_heads(block, known_id)
            elif block.kind in (Kind.UNRECOGNISED, Kind.COMMENT, Kind.FENCE):
                self._reject_unrecognised(block, known_id)
            elif block.kind is not Kind.BLANK:
                self._read_detail(block, known_id, found)
        for position, blocks in enumerate(sections, start=1):
            self._add_section(blocks, known_id, position)
        names, truncated = found.get(Kind.AUTHORS, (None, False))
        self.rows.entry.append(
            Entry(
                *self.day,
                arxiv_id=known_id,
                rank=len(self.seen),
                title=title,
                votes=found.get(Kind.VOTES),
                thumbnail_url=found.get(Kind.PICTURE),
                video_url=found.get(Kind.VIDEO),
                author_count=None if names is None else self._add_authors(names, known_id),
                authors_truncated=truncated,
                line_start=paper.head.line_start,
                line_end=paper.line_end,
                raw=paper.raw,
            )
        )
        return True

    def _read_detail(self, block: Block, paper: str, found: dict[Kind, Any]) -> None:
        """Parse a picture, video, votes or authors line into `found`; the first line of a kind counts."""
        value = READERS[block.kind](drop_comments(block.text))
        if isinstance(value, _Unreadable):
            self._reject(block, block.kind.value, value.reason, paper=paper)
        elif block.kind not in found:
            found[block.kind] = value
        elif found[block.kind] != value:
            self._reject(block, f"second_{block.kind.value}", f"a second {block.kind.value} line", paper=paper)

    def _add_section(self, blocks: list[Block], paper: str, position: int) -> None:
        """Add the section of a bullet and the lines under it."""
        text = drop_comments("\n".join(block.text.strip() for block in blocks)[1:]).strip()
        label = LABEL.match(text)
        printed = fold_space(label["label"].strip(" :：")) if label else ""
        if label and printed:
            text = text[label.end() :].strip()
        if not text and not printed:
            self._reject(blocks[0], "empty_section", "a bullet without text", paper=paper)
            return
        self.rows.section.append(
            Section(
                *self.day,
                arxiv_id=paper,
                position=position,
                heading=translate_heading(printed) if printed else None,
                heading_as_printed=printed or None,
                text=text,
                language=detect_language(text),
                line_start=blocks[0].line_start,
                line_end=blocks[-1].line_end,
            )
        )

    def _add_authors(self, names: list[Printed], paper: str) -> int:
        """Add one author for each normalised name, in print order, and return their number."""
        authors = list_authorships(self.day, paper, names)
        self.rows.author += authors
        return len(authors)


@dataclass(slots=True, frozen=True)
class _Unreadable:
    reason: str


def _group_papers(blocks: Iterable[Block]) -> Iterator[_Paper | Block]:
    """Yield each paper with its blocks, and the blocks that belong to no paper."""
    paper: _Paper | None = None
    for block in blocks:
        if block.kind in (Kind.HEAD, Kind.HEADING):
            if paper:
                yield paper
            paper = _Paper(block) if block.kind is Kind.HEAD else None
            if paper is None:
                yield block
        elif paper:
            paper.blocks.append(block)
        else:
            yield block
    if paper:
        yield paper


def _split_head(line: str) -> tuple[str, str]:
    """Return the title and the link of `### [title](link)`, both empty if the line has another form."""
    head = line.strip().lstrip("#").strip()
    title, found, link = head.rpartition("](")
    if not (found and title.startswith("[") and link.endswith(")")):
        return "", ""
    return title[1:].strip(), link[:-1]


def _read_picture(line: str) -> str | _Unreadable:
    _, _, link = line.partition("](")
    address, closed, _ = link.partition(")")
    address = address.strip()
    if not closed or not address:
        return _Unreadable("a picture without an address")
    return complete_address(address) or _Unreadable("a picture whose address is not on the web")


def _read_video(line: str) -> str | _Unreadable:
    attribute = SOURCE_ATTRIBUTE.search(line)
    if attribute:
        address = attribute[1] or attribute[2] or ""
    else:
        address = line.removeprefix("[Watch Video]").strip().removeprefix("(").removesuffix(")").strip()
    return complete_address(address) or _Unreadable("a video whose address is not on the web")


def _read_votes(line: str) -> int | _Unreadable | None:
    """Return the number in `Vote: 12`; None for `Vote: -`, which means unknown."""
    votes = VOTES.fullmatch(line)
    if votes is None:
        return _Unreadable("votes that are not a number")
    if votes[1] == "-":
        return None
    return int(votes[1]) if int(votes[1]) <= MOST else _Unreadable("more votes than there can be")


def _read_author_list(line: str) -> tuple[list[Printed], bool] | _Unreadable:
    """Return the names in `Authors: A, B` or in a printed Python list, and whether the list was cut."""
    listing = line.partition(":")[2].strip()
    if len(listing) > LONGEST_LITERAL:
        return _Unreadable("a list of authors too long to read")
    if listing.startswith("["):
        try:
            names = read_literal(listing)
        except ValueError:
            return _Unreadable("a list of authors that is not closed, or not a list")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            return _Unreadable("a list of authors that holds something else than names")
    else:
        names = [name for item in listing.split(",") for name in split_persons(item)]
    names = [name.strip() for name in names]
    read, is_cut = read_names((name, None, None) for name in names if name != AUTHORS_CUT)
    return read, is_cut or AUTHORS_CUT in names


READERS = {
    Kind.PICTURE: _read_picture,
    Kind.VIDEO: _read_video,
    Kind.VOTES: _read_votes,
    Kind.AUTHORS: _read_author_list,
}
