"""The rows that every format is read into. Field names and order are those of the lake's tables."""

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

MOST = 100_000_000
"""The largest count that is believed, of votes, comments or stars: SQL may take it tenfold and stay an INTEGER."""


class Day(NamedTuple):
    """What the bytes are an answer to. `captured_at` is in UTC, without a zone."""

    source: str
    listed_on: dt.date
    captured_at: dt.datetime


class Entry(NamedTuple):
    """A paper in one capture of one day's list. None means that the source did not say."""

    source: str
    listed_on: dt.date
    captured_at: dt.datetime
    arxiv_id: str
    rank: int
    title: str
    abstract: str | None = None
    votes: int | None = None
    comments: int | None = None
    published_at: dt.datetime | None = None
    submitted_at: dt.datetime | None = None
    submitted_by: str | None = None
    thumbnail_url: str | None = None
    video_url: str | None = None
    github_repo: str | None = None
    github_stars: int | None = None
    project_page: str | None = None
    organization: str | None = None
    organization_full_name: str | None = None
    ai_summary: str | None = None
    withdrawn_at: dt.datetime | None = None
    author_count: int | None = None
    keyword_count: int | None = None
    authors_truncated: bool = False
    line_start: int | None = None
    line_end: int | None = None
    raw: str = ""


class Author(NamedTuple):
    """A name in an entry's list of authors; `position` is its place in print, from 1."""

    source: str
    listed_on: dt.date
    captured_at: dt.datetime
    arxiv_id: str
    position: int
    name_as_printed: str
    name: str
    name_normalized: str
    hf_user: str | None = None
    is_hidden: bool | None = None


class Section(NamedTuple):
    """A piece of an entry's summary; `position` is its place, from 1."""

    source: str
    listed_on: dt.date
    captured_at: dt.datetime
    arxiv_id: str
    position: int
    heading: str | None
    heading_as_printed: str | None
    text: str
    language: str | None
    line_start: int | None = None
    line_end: int | None = None


class Keyword(NamedTuple):
    """A keyword of an entry, with case and white space folded."""

    source: str
    listed_on: dt.date
    captured_at: dt.datetime
    arxiv_id: str
    position: int
    keyword: str


class Reject(NamedTuple):
    """A piece that no table took, with the rule that it broke and its text as it came."""

    source: str
    listed_on: dt.date
    captured_at: dt.datetime
    rule: str
    reason: str
    arxiv_id: str | None
    line_start: int | None
    line_end: int | None
    raw: str


@dataclass(slots=True)
class Parsed:
    """All rows of one or many answers."""

    entry: list[Entry] = field(default_factory=list)
    author: list[Author] = field(default_factory=list)
    section: list[Section] = field(default_factory=list)
    keyword: list[Keyword] = field(default_factory=list)
    reject: list[Reject] = field(default_factory=list)

    def extend(self, other: "Parsed") -> None:
        """Add the rows of `other`."""
        self.entry += other.entry
        self.author += other.author
        self.section += other.section
        self.keyword += other.keyword
        self.reject += other.reject
