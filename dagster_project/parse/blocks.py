"""Splits a Markdown digest into blocks: every line is in exactly one block, and the joined blocks equal the file.

`scan` finds the kind of each line; what a line means for a paper belongs in `digest`. HTML comments and fenced code
follow CommonMark, but for one thing: where they are never closed, the next paper ends them, since a forgotten sign must
not hide the rest of the day. The time is linear in the size of the input: no expression here can backtrack.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple


class Kind(StrEnum):
    """The kind of a line of a digest."""

    HEADING = "heading"
    HEAD = "entry head"
    PICTURE = "picture"
    VIDEO = "video"
    VOTES = "votes"
    AUTHORS = "authors"
    SECTION = "section"
    FENCE = "fenced code"
    COMMENT = "comment"
    BLANK = "blank"
    UNRECOGNISED = "unrecognised"


class Block(NamedTuple):
    """One or more whole lines of one kind. Lines are counted from 1; `raw` includes the line ends."""

    kind: Kind
    line_start: int
    line_end: int
    raw: bytes

    @property
    def text(self) -> str:
        """The block's text without its last line end. Bytes that are not UTF-8 are escaped."""
        text = self.raw.decode("utf-8", "backslashreplace").removeprefix("\ufeff")
        return text.replace("\r\n", "\n").rstrip("\r\n")


IsClosed = Callable[[str, int], bool]


class _Region(NamedTuple):
    """A comment or fenced code that a line opened."""

    kind: Kind
    fence: str
    """The signs that opened the code; empty for a comment."""
    indent: int
    """The least indent of its lines: that of the text of the bullet which holds it, or 0."""
    is_closed: bool
    """Whether its end stands further down."""

    def ends_before(self, line: str) -> bool:
        """Return whether the region ends above `line`."""
        if _count_indent(line) < self.indent and not line.isspace():
            return True
        return not self.is_closed and (_is_heading(line) or names_paper(line))

    def ends_with(self, line: str) -> bool:
        """Return whether `line` is the last of the region."""
        if self.kind is Kind.COMMENT:
            return "-->" in line
        bare = line.strip(" \t\r\n")
        is_fence = len(bare) >= len(self.fence) and not bare.strip(self.fence[0])
        return is_fence and (self.indent > 0 or _count_indent(line) <= MOST_INDENT)


BULLETS = ("- ", "* ", "• ", "-\t", "*\t")
MOST_INDENT = 3
"""The most blanks before a sign that opens or closes something; with more the line is code, or part of the text."""
BULLET_INDENT = 2
"""The least indent of the lines that belong to a bullet at the start of a line."""
WITHIN_SECTION = (Kind.BLANK, Kind.UNRECOGNISED, Kind.FENCE, Kind.COMMENT)
"""Kinds of lines after which a section goes on."""
OPENING = re.compile(r"[ \t]*+(?P<bullet>[-*•][ \t]++)?(?P<sign>(?P<comment><!--)|`{3,}+(?![^`\n]*`)|~{3,}+)")
"""Matches the beginning of a comment or of fenced code, which may stand behind a bullet."""
CLOSING = re.compile(rb"^ {0,3}(`{3,}+|~{3,}+)[ \t\r]*+$", re.MULTILINE)
"""Matches the end of fenced code outside a bullet."""


def is_utf8(raw: bytes) -> bool:
    """Return whether `raw` is valid UTF-8."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def is_head(line: str) -> bool:
    """Return whether a line is the head of an entry."""
    bare = line.lstrip()
    return bare.startswith("###") and not bare.startswith("####") and _count_indent(line) <= MOST_INDENT


def names_paper(line: str) -> bool:
    """Return whether a line is the head of an entry, with a link."""
    return is_head(line) and "](" in line


def count_heads(body: bytes) -> int:
    """Return the number of entry heads in a digest."""
    if any(sign in body for sign in (b"<!--", b"```", b"~~~")):  # a head in a comment or in fenced code is none
        return sum(block.kind is Kind.HEAD for block in scan(body))
    return sum(is_head(_decode(line)) for line in body.split(b"\n") if b"###" in line)


def _is_heading(line: str) -> bool:
    """Return whether a line is the heading of a day."""
    return line.startswith(("# ", "## ")) and "daily papers" in line.casefold()


def _count_indent(line: str) -> int:
    """Return the number of blanks that a line begins with; a tab runs to the next multiple of four."""
    blanks = line[: len(line) - len(line.lstrip(" \t"))]
    return len(blanks.expandtabs(4))


def _open_region(line: str, begin: int, is_closed: IsClosed, *, in_section: bool) -> _Region | None:
    """Return the comment or fenced code that a line opens; None if it opens nothing. `begin` is the line's offset."""
    opening = OPENING.match(line)
    if opening is None:
        return None
    fence = "" if opening["comment"] else opening["sign"]
    kind = Kind.FENCE if fence else Kind.COMMENT
    indent = len(line[: opening.start("sign")].expandtabs(4))
    if opening["bullet"] or (in_section and indent >= BULLET_INDENT):
        return _Region(kind, fence, BULLET_INDENT, is_closed=True)  # at the latest by a line outside the bullet
    return _Region(kind, fence, 0, is_closed(fence, begin)) if indent <= MOST_INDENT else None


def _find_closings(body: bytes) -> IsClosed:
    """Return a function that says whether a fence, or a comment (""), is closed beyond an offset of `body`."""
    last_comment = body.rfind(b"-->")
    offsets: dict[str, list[int]] = {"`": [], "~": []}
    lengths: dict[str, list[int]] = {"`": [], "~": []}
    for closing in CLOSING.finditer(body):
        sign = chr(closing[1][0])
        offsets[sign].append(closing.start())
        lengths[sign].append(len(closing[1]))
    longest = {sign: [*accumulate(reversed(found), max)][::-1] for sign, found in lengths.items()}

    def is_closed(fence: str, offset: int) -> bool:
        if not fence:
            return last_comment >= offset
        place = bisect_right(offsets[fence[0]], offset)
        return place < len(longest[fence[0]]) and longest[fence[0]][place] >= len(fence)

    return is_closed


def _decode(raw: bytes) -> str:
    """Return a line as text, without a byte order mark."""
    return raw.decode("utf-8", "replace").removeprefix("\ufeff")


def _find_kind(line: str, *, in_entry: bool, in_section: bool) -> Kind:
    """Return the kind of a line, from its beginning and the lines above it."""
    bare = line.strip()
    if not bare:
        return Kind.BLANK
    if is_head(line):
        return Kind.HEAD
    if _is_heading(line):
        return Kind.HEADING
    if not in_entry:
        return Kind.UNRECOGNISED
    if line.startswith(BULLETS):
        return Kind.SECTION
    if line.startswith(("Vote:", "Votes:")):
        return Kind.VOTES
    if line.startswith(("Authors:", "Author:")):
        return Kind.AUTHORS
    if line.startswith("!["):
        return Kind.PICTURE
    if line.startswith(("[Watch Video]", "<div><video", "<video")):
        return Kind.VIDEO
    return Kind.SECTION if in_section else Kind.UNRECOGNISED


def scan(body: bytes) -> Iterator[Block]:
    """Yield the blocks of a digest in order.

    A line that is not UTF-8 is unrecognised, unless it begins like a heading or an entry head: otherwise the lines
    below it would go to the paper above.

    A section begins with a bullet at the start of a line. Nested bullets, numbers and plain text below it belong to its
    block, up to the next line of another kind. A comment, or fenced code, is a block of its own.
    """
    all_utf8 = is_utf8(body)
    is_closed = _find_closings(body)
    in_entry = in_section = False
    region: _Region | None = None
    kind, first, start, number = Kind.BLANK, 1, 0, 0
    for number, (begin, raw) in enumerate(_split_lines(body), start=1):
        line = _decode(raw)
        above = kind
        if region and region.ends_before(line):
            region = None
        goes_on = region is not None
        if region is None:
            region = _open_region(line, begin, is_closed, in_section=in_section)
        if region is None or (line.startswith(BULLETS) and not goes_on):
            kind = _find_kind(line, in_entry=in_entry, in_section=in_section)
        else:
            kind = region.kind
        if region and (goes_on or region.kind is Kind.COMMENT) and region.ends_with(line):
            region = None
        if not all_utf8 and kind not in (Kind.HEAD, Kind.HEADING) and not is_utf8(raw):
            kind = Kind.UNRECOGNISED
        in_entry = kind is Kind.HEAD or (in_entry and kind is not Kind.HEADING)
        in_section = kind is Kind.SECTION or (in_section and kind in WITHIN_SECTION)
        grows = kind is above and (
            kind is Kind.BLANK
            or (kind is Kind.SECTION and not line.startswith(BULLETS))
            or (goes_on and kind in (Kind.FENCE, Kind.COMMENT))
        )
        if number > 1 and not grows:
            yield Block(above, first, number - 1, body[start:begin])
            first, start = number, begin
    if number:
        yield Block(kind, first, number, body[start:])


def _split_lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the offset and the bytes of each line of `body`, with its line feed; the last line may have none."""
    start = 0
    while start < len(body):
        end = body.find(b"\n", start) + 1 or len(body)
        yield start, body[start:end]
        start = end
