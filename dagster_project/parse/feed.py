"""Parses a feed of daily papers, RSS 2.0 or Atom, into entries.

An item's link is its paper, its place is its rank, and its description holds labelled values in HTML, among them the
votes. A feed names no day of a list: its dates are arXiv's. So it only shows votes, and authors and summary stay in the
raw bytes: lists give them. Feeds come from strangers: a document type is refused, and with it every entity, and raw
text is cut from the bytes, because XML that is written anew may be far longer. How feeds are fetched belongs in
`sources`.
"""

import datetime as dt
import html
import re
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element, TreeBuilder

from defusedxml.common import DTDForbidden
from defusedxml.ElementTree import ParseError, XMLParser

from dagster_project.parse.links import arxiv_id
from dagster_project.parse.purge import Cut, Piece
from dagster_project.parse.rows import MOST, Day, Entry, Parsed, Reject
from dagster_project.parse.text import fold_text

ATOM = "{http://www.w3.org/2005/Atom}"
DESCRIPTIONS = ("description", "content", "summary")
BOM = b"\xef\xbb\xbf"
ITEMS = ("item", f"{ATOM}entry")
END_TAG = re.compile(rb"</[^<>]*?(?:item|entry)\s*>")
HTML_PAGE = re.compile(rb"\s{0,99}<(?:!doctype\s{1,9})?html\b", re.IGNORECASE)
LABEL = re.compile(r"<(b|strong)>([^<>]{1,60})</\1>", re.IGNORECASE)
END_OF_VALUE = re.compile(rf"</?p\b|<br\b|{LABEL.pattern}|\Z", re.IGNORECASE)
VOTES = re.compile(r"[0-9]{1,10}")


def parse_feed(pages: Sequence[bytes], day: Day) -> Parsed:
    """Return the rows of the pages of one capture. Never raises: what cannot be parsed becomes a reject."""
    rows, seen = Parsed(), set[str]()
    for page in pages:
        found = Parsed()
        try:
            for item, raw in list_items(page):
                _Item(item, raw, day, found, seen).read()
        except ValueError as error:
            raw = page.decode("utf-8", "backslashreplace")
            found.reject.append(Reject(*day, "payload", str(error), None, None, None, raw))
        rows.extend(found)
    return rows


def count_items(body: bytes) -> int:
    """Return the number of items of a feed.

    Raises:
        ValueError: the body is no feed; the text says what it is.
    """
    return len(list_items(body))


def find_items(body: bytes) -> Iterator[Piece]:
    """Yield the items of a feed with their papers.

    Raises:
        ValueError: the body is no feed.
    """
    skipped = len(body) - len(body.removeprefix(BOM))
    for item, start, end in _place_items(body[skipped:]):
        yield Piece(skipped + start, skipped + end, _find_paper(item))


def mark_item(item: bytes, counts: bool) -> bytes:
    """Return what stands in place of a purged item; `counts` says whether its place counts for ranks."""
    [tag] = re.findall(rb"\A<([^\s/>]+)", item)
    return b"<%b><purged>%b</purged></%b>" % (tag, b"true" if counts else b"false", tag)


CUT = Cut(find_items, mark_item)


class _Builder(TreeBuilder):
    """Builds the tree of a feed, and notes where each item stands in its bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.parser = XMLParser(target=self, encoding="utf-8", forbid_dtd=True)  # whatever encoding the feed declares
        self.starts: dict[Element, int] = {}
        self.ends: dict[Element, int] = {}

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        node = super().start(tag, attrs)
        if tag in ITEMS:
            self.starts[node] = self.parser.parser.CurrentByteIndex
        return node

    def end(self, tag: str) -> Element:
        node = super().end(tag)
        if tag in ITEMS:
            self.ends[node] = self.parser.parser.CurrentByteIndex
        return node


def list_items(body: bytes) -> list[tuple[Element, str]]:
    """Return the items of a feed, each with its text as it came.

    Raises:
        ValueError: the body is no feed; the text says what it is.
    """
    body = body.removeprefix(BOM)
    return [(item, body[start:end].decode()) for item, start, end in _place_items(body)]


def read_root(body: bytes) -> Element:
    """Return the root of a feed.

    Raises:
        ValueError: the body is no feed; the text says what it is.
    """
    return _read_tree(body.removeprefix(BOM))[0]


def _place_items(body: bytes) -> list[tuple[Element, int, int]]:
    """Return the items of a feed without a byte order mark, each with its first byte and the one after its last."""
    root, builder = _read_tree(body)
    items = [node for parent in (root, *root.iterfind("channel")) for node in parent if node.tag in ITEMS]
    return [(item, builder.starts[item], _find_end(body, builder.ends[item])) for item in items]


def _read_tree(body: bytes) -> tuple[Element, _Builder]:
    if HTML_PAGE.match(body):
        raise ValueError("an HTML page, where a feed was due")
    builder = _Builder()
    try:
        body.decode()
        builder.parser.feed(body)
        root: Element = builder.parser.close()
    except DTDForbidden as error:
        raise ValueError("XML with a document type, where a feed has none") from error
    except (ParseError, UnicodeDecodeError) as error:
        raise ValueError(f"not XML in UTF-8: {str(error)[:200]}") from error
    if root.tag not in ("rss", f"{ATOM}feed"):
        raise ValueError(f"XML, but not a feed: {root.tag[:200]}")
    return root, builder


def _find_end(body: bytes, place: int) -> int:
    """Return where an item ends, whose end tag begins at this place; one that is a single empty tag ends there."""
    end_tag = END_TAG.match(body, place)
    return end_tag.end() if end_tag else place


def _list_texts(item: Element, name: str) -> list[str]:
    """Return the texts of the children of this name, in order; of an empty link its address."""
    nodes = (node for node in item if node.tag in (name, ATOM + name))
    texts = (("".join(node.itertext()) or node.get("href", "")).strip() for node in nodes)
    return [text for text in texts if text]


def _find_paper(item: Element) -> str | None:
    """Return the paper that an item links to."""
    links = (link for name in ("link", "guid", "id") for link in _list_texts(item, name))
    return next(filter(None, map(arxiv_id, links)), None)


class _Item:
    """One paper of a feed. Each reader rejects a value that it cannot read, and returns None for it."""

    def __init__(self, item: Element, raw: str, day: Day, rows: Parsed, seen: set[str]) -> None:
        self.item, self.raw, self.day, self.rows, self.seen = item, raw, day, rows, seen
        self.paper: str | None = None

    def read(self) -> None:
        if purged := self._list_texts("purged"):
            self.seen |= {f"purged {len(self.seen)}"} if purged == ["true"] else set()
            return
        self.paper = _find_paper(self.item)
        title = fold_text(next(iter(self._list_texts("title")), ""))
        if self.paper is None:
            self._reject("paper_id", "an item whose link and guid name no arXiv paper", self.raw)
        elif self.paper in self.seen:
            self._reject("repeated_entry", "the paper stands further up in the same feed", self.raw)
        elif not title:
            self._reject("title", "an item without a title", self.raw)
        else:
            self.seen.add(self.paper)
            self._add_entry(self.paper, title)

    def _add_entry(self, paper: str, title: str) -> None:
        self.rows.entry.append(
            Entry(
                *self.day,
                arxiv_id=paper,
                rank=len(self.seen),
                title=title,
                votes=self._read_votes(),
                published_at=self._read_time(),
                raw=self.raw,
            )
        )

    def _reject(self, rule: str, reason: str, raw: str) -> None:
        self.rows.reject.append(Reject(*self.day, rule, reason, self.paper, None, None, raw))

    def _list_texts(self, name: str) -> list[str]:
        return _list_texts(self.item, name)

    def _read_votes(self) -> int | None:
        """Return the votes of the description. Its summary comes last, and may hold what looks like a label."""
        printed = next((text for name in DESCRIPTIONS for text in self._list_texts(name)), "")
        labels = {label[2].strip(" :").casefold(): label.end() for label in reversed([*LABEL.finditer(printed)])}
        if printed and not labels.keys() & {"authors", "upvotes", "summary"}:
            self._reject("description", "a description without authors, votes and summary", printed)
        start, last = labels.get("upvotes", len(printed)), labels.get("summary", len(printed))
        end = END_OF_VALUE.search(printed, start)
        value = html.unescape(printed[start : end.start() if end else None]).strip().lstrip(" :")
        if start > last or value in ("", "-"):
            return None
        if VOTES.fullmatch(value) and int(value) <= MOST:
            return int(value)
        self._reject("votes", "votes that are not a number, or more than there can be", f"Upvotes: {value}")
        return None

    def _read_time(self) -> dt.datetime | None:
        """Return the date of an item in UTC without a zone: that of RFC 822, or in Atom of ISO 8601."""
        for printed in (*self._list_texts("pubDate"), *self._list_texts("published")):
            try:
                read = dt.datetime.fromisoformat if printed[:4].isdigit() else parsedate_to_datetime
                time = read(printed)
                return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time
            except (ValueError, TypeError, IndexError, OverflowError):
                self._reject("field_time", "the date is not a time", printed)
        return None
