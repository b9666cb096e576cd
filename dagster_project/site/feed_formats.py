"""Writes a feed as Atom (RFC 4287) and as JSON Feed 1.1.

What a feed holds belongs in `feeds`. Texts of sources may hold anything: what XML cannot hold or nobody sees is taken
out, and the content is escaped twice, as HTML and within the format.
"""

import datetime as dt
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any, cast

from feedgenerator import Atom1Feed

from dagster_project.parse.text import drop_invisible

NAMESPACE = uuid.UUID("2f6c1a1e-5d0b-4b0e-9b57-5b1f4b6f0c3d")
"""The namespace of all ids of feeds and entries, which must never change."""
SOURCE_PAGE = "https://huggingface.co/papers"
"""What a feed belongs to as long as its site has no address."""
UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Matches control characters, and what is no character."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed. Times are UTC without a zone; `html` is the content, and safe."""

    key: str
    """What the id is made from: it tells apart the entries of a feed."""
    title: str
    url: str
    dated_at: dt.datetime
    html: str
    external_url: str | None = None
    authors: Sequence[str] = ()
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of the site. File names are relative to the site's folder."""

    name: str
    title: str
    description: str
    updated_at: dt.datetime
    entries: Sequence[Entry] = field(repr=False)

    @property
    def atom_file(self) -> str:
        return f"feeds/{self.name}.atom.xml"

    @property
    def json_file(self) -> str:
        return f"feeds/{self.name}.json"


def clean(text: str) -> str:
    """Return a text without what XML cannot hold, without characters that nobody sees, and on one line."""
    return " ".join(UNWANTED.sub(" ", drop_invisible(text)).split())


def make_id(*parts: str) -> str:
    """Return the id of a feed, or of an entry of it.

    It depends on names alone, and not on the host: a site that moves keeps its ids.
    """
    return uuid.uuid5(NAMESPACE, "/".join(parts)).urn


class _Atom(Atom1Feed):
    """Atom with several authors an entry, and with the feed's own time in place of that of the machine."""

    def latest_post_date(self) -> dt.datetime:
        """Return when the feed changed last."""
        return cast("dt.datetime", self.feed["updated_at"])

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Add the elements of an entry."""
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")


def write_atom(feed: Feed, base_url: str | None) -> str:
    """Return a feed as Atom."""
    atom = _Atom(
        title=feed.title,
        link=base_url or SOURCE_PAGE,
        description=feed.description,
        language="en",
        author_name="Daily Papers",  # of entries that name none
        feed_url=base_url and f"{base_url}{feed.atom_file}",
        feed_guid=make_id(feed.name),
        updated_at=_add_zone(feed.updated_at),
    )
    for entry in feed.entries:
        atom.add_item(
            title=entry.title,
            link=entry.url,
            description=None,
            unique_id=make_id(feed.name, entry.key),
            pubdate=_add_zone(entry.dated_at),
            updateddate=_add_zone(entry.dated_at),
            categories=entry.tags,
            content=entry.html,
            authors=entry.authors,
        )
    text = StringIO()
    atom.write(text, "utf-8")
    return text.getvalue()


def write_json(feed: Feed, base_url: str | None) -> str:
    """Return a feed as JSON Feed."""
    whole: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": base_url or SOURCE_PAGE,
        "description": feed.description,
        "language": "en",
    }
    if base_url:
        whole["feed_url"] = f"{base_url}{feed.json_file}"
    whole["items"] = [_write_item(feed, entry) for entry in feed.entries]
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _write_item(feed: Feed, entry: Entry) -> dict[str, object]:
    item: dict[str, object] = {
        "id": make_id(feed.name, entry.key),
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.html,
        "date_published": _add_zone(entry.dated_at).isoformat(),
    }
    if entry.external_url:
        item["external_url"] = entry.external_url
    if entry.authors:
        item["authors"] = [{"name": name} for name in entry.authors]
    if entry.tags:
        item["tags"] = list(entry.tags)
    return item


def _add_zone(time: dt.datetime) -> dt.datetime:
    return time.replace(tzinfo=dt.UTC)
