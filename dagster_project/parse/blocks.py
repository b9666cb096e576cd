"""Splits a Markdown digest into blocks: every line is in exactly one block, and the joined blocks equal the file.

`scan` finds the kind of each line; what a line means for a paper belongs in `digest`. The time is linear in the size of
the input: no expression here can backtrack.
"""

from collections.abc import Iterator
from enum import StrEnum
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


BULLETS = ("- ", "* ", "• ", "-\t", "*\t")


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
    return bare.startswith("###") and not bare.startswith("####")


def count_heads(body: bytes) -> int:
    """Return the number of entry heads in a digest."""
    return sum(is_head(_decode(raw)) for _, raw in _split_lines(body))


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
    if line.startswith(("# ", "## ")) and "daily papers" in bare.casefold():
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
    block, up to the next line of another kind.
    """
    all_utf8 = is_utf8(body)
    in_entry = in_section = False
    kind, first, start, number = Kind.BLANK, 1, 0, 0
    for number, (begin, raw) in enumerate(_split_lines(body), start=1):
        line = _decode(raw)
        above = kind
        kind = _find_kind(line, in_entry=in_entry, in_section=in_section)
        if not all_utf8 and kind not in (Kind.HEAD, Kind.HEADING) and not is_utf8(raw):
            kind = Kind.UNRECOGNISED
        in_entry = kind is Kind.HEAD or (in_entry and kind is not Kind.HEADING)
        in_section = kind is Kind.SECTION or (in_section and kind in (Kind.BLANK, Kind.UNRECOGNISED))
        grows = kind is above and (kind is Kind.BLANK or (kind is Kind.SECTION and not line.startswith(BULLETS)))
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
