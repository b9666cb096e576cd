"""Declares the rows into which every format is parsed: the lake's tables, with every column declared once.

Rules across columns belong in `validate`; the files of the tables belong in `lake`.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Annotated, NamedTuple

from dagster_project.columns import column
from dagster_project.parse.links import ARXIV_ID

MOST = 100_000_000
"""The largest valid count of votes, comments or stars; ten times as much still fits into an INTEGER."""
LONGEST_NAME = 400
"""The most characters of an author's name."""

OWN = "own"
"""The archive of the captures that this warehouse made itself."""
ARCHIVE = r"^[a-z][a-z0-9_]*$"
"""Matches the name of an archive."""
FEED = r"^[a-z0-9][a-z0-9-]{0,62}$"
"""Matches the name of a feed of the site, which names its files, too."""

SourceName = Annotated[str, column("name of the source", key=True, pattern=r"^[a-z][a-z0-9_]*$")]
ListedOn = Annotated[dt.date, column("day whose list it is, as the source dates it", key=True)]
CapturedAt = Annotated[dt.datetime, column("when the votes were counted, UTC", key=True)]
ArxivId = Annotated[str, column("arXiv id without its version", key=True, pattern=f"^(?:{ARXIV_ID})$")]
Position = Annotated[int, column("place in the list, 1 is first", key=True, least=1)]
ArchiveName = Annotated[
    str, column("archive that holds the capture; `own` is this warehouse", key=True, pattern=ARCHIVE)
]
LineStart = Annotated[int | None, column("first line in the file; NULL where the format has no lines", least=1)]
LineEnd = Annotated[int | None, column("last line in the file; NULL where the format has no lines", least=1)]


class Day(NamedTuple):
    """The source, day, time and archive of a capture. `captured_at` is in UTC, without a zone."""

    source: str
    listed_on: dt.date
    captured_at: dt.datetime
    archive: str = OWN


class Entry(NamedTuple):
    """A paper in one capture of one day's list. None means that the source does not say."""

    source: SourceName
    listed_on: ListedOn
    captured_at: CapturedAt
    archive: ArchiveName
    arxiv_id: ArxivId
    rank: Annotated[int, column("place in the list, 1 is first", least=1)]
    title: Annotated[str, column("title as printed, white space folded", shortest=1, longest=2_000, is_searched=True)]
    abstract: Annotated[str | None, column("abstract, white space folded", longest=100_000, is_searched=True)] = None
    votes: Annotated[int | None, column("votes; NULL is unknown, 0 is zero", least=0, most=MOST)] = None
    comments: Annotated[int | None, column("comments on the paper's page", least=0, most=MOST)] = None
    published_at: Annotated[dt.datetime | None, column("when arXiv published it, UTC")] = None
    submitted_at: Annotated[dt.datetime | None, column("when it was put on the list, UTC")] = None
    submitted_by: Annotated[str | None, column("user who put it on the list", longest=200)] = None
    thumbnail_url: Annotated[str | None, column("address of its picture", longest=4_000)] = None
    video_url: Annotated[str | None, column("address of its video", longest=4_000)] = None
    github_repo: Annotated[str | None, column("address of its repository", longest=4_000)] = None
    github_stars: Annotated[int | None, column("stars of the repository", least=0, most=MOST)] = None
    project_page: Annotated[str | None, column("address of its own page", longest=4_000)] = None
    organization: Annotated[str | None, column("organisation's name on the site", longest=400)] = None
    organization_full_name: Annotated[str | None, column("organisation's full name", longest=400)] = None
    ai_summary: Annotated[str | None, column("the site's one-line summary", longest=20_000)] = None
    withdrawn_at: Annotated[dt.datetime | None, column("when it was withdrawn, UTC")] = None
    arxiv_comment: Annotated[str | None, column("the authors' comment on arXiv", longest=10_000)] = None
    doi: Annotated[str | None, column("DOI of what was published elsewhere", longest=1_000)] = None
    journal_ref: Annotated[str | None, column("where it was published, as printed", longest=4_000)] = None
    arxiv_version: Annotated[int | None, column("number of its newest version on arXiv", least=1)] = None
    updated_at: Annotated[dt.datetime | None, column("when that version was submitted, UTC")] = None
    author_count: Annotated[int | None, column("distinct names in its list; NULL without a list", least=0)] = None
    keyword_count: Annotated[int | None, column("keywords; NULL where answers had none", least=0)] = None
    authors_truncated: Annotated[bool, column("the list of authors was cut in print")] = False
    line_start: LineStart = None
    line_end: LineEnd = None
    raw: str = ""
    """The raw text, which is kept only if the entry is rejected."""


CORRECTED_FIELDS = {
    name: "published_at" if name == "published_on" else name
    for name in (
        "title",
        "abstract",
        "published_on",
        "submitted_at",
        "submitted_by",
        "thumbnail_url",
        "video_url",
        "github_repo",
        "project_page",
        "organization",
        "ai_summary",
    )
}
"""The fields that an operator can correct, by their names in `dim_paper`, with the columns of `Entry`."""


class Author(NamedTuple):
    """A name in an entry's list of authors, as of the last capture that holds the paper."""

    source: SourceName
    listed_on: ListedOn
    captured_at: CapturedAt
    archive: ArchiveName
    arxiv_id: ArxivId
    position: Position
    name_as_printed: Annotated[str, column("name as printed, white space folded", shortest=1, longest=LONGEST_NAME)]
    name: Annotated[str, column("name with TeX's accents decoded", shortest=1, longest=LONGEST_NAME)]
    name_normalized: Annotated[str, column("spelling by which names are compared", shortest=1, longest=LONGEST_NAME)]
    hf_user: Annotated[str | None, column("user that claimed the authorship", longest=200)] = None
    is_hidden: Annotated[bool | None, column("the site does not show the author")] = None
    affiliation: Annotated[str | None, column("affiliation as printed", longest=2_000)] = None


class Section(NamedTuple):
    """A piece of an entry's summary, as of the last capture that holds the paper."""

    source: SourceName
    listed_on: ListedOn
    captured_at: CapturedAt
    archive: ArchiveName
    arxiv_id: ArxivId
    position: Position
    heading: Annotated[str | None, column("canonical heading", shortest=1, longest=200)]
    heading_as_printed: Annotated[str | None, column("heading as printed", longest=200)]
    text: Annotated[str, column("text without its heading", longest=100_000, is_searched=True)]
    language: Annotated[str | None, column("`ko`, `en`, `zh`, `ja`, by script", pattern=r"^[a-z]{2}$")]
    line_start: LineStart = None
    line_end: LineEnd = None


class Keyword(NamedTuple):
    """A keyword of an entry, as of the last capture that holds the paper."""

    source: SourceName
    listed_on: ListedOn
    captured_at: CapturedAt
    archive: ArchiveName
    arxiv_id: ArxivId
    position: Position
    keyword: Annotated[str, column("keyword, case and white space folded", shortest=1, longest=400)]


class Category(NamedTuple):
    """A subject of an entry, as of the last capture that holds the paper."""

    source: SourceName
    listed_on: ListedOn
    captured_at: CapturedAt
    archive: ArchiveName
    arxiv_id: ArxivId
    position: Position
    category: Annotated[str, column("subject as arXiv writes it: `cs.CL`", shortest=1, longest=200)]
    is_primary: Annotated[bool, column("it is the paper's main subject")]


class Reject(NamedTuple):
    """A piece that no table accepted, with the rule that it broke and its raw text."""

    source: Annotated[str, column("name of the source", pattern=r"^[a-z][a-z0-9_]*$")]
    listed_on: Annotated[dt.date, column("day whose list it stood in")]
    captured_at: Annotated[dt.datetime, column("capture that it stood in, UTC")]
    archive: Annotated[str, column("archive that holds the capture", pattern=ARCHIVE)]
    rule: Annotated[str, column("rule that it broke", shortest=1)]
    reason: Annotated[str, column("what is wrong, in a line")]
    arxiv_id: Annotated[str | None, column("paper that it belongs to, where known")]
    line_start: Annotated[int | None, column("first line in the file")]
    line_end: Annotated[int | None, column("last line in the file")]
    raw: Annotated[str, column("its text as it came")]


class IndexEntry(NamedTuple):
    """A paper that a source's own index names for a day."""

    source: SourceName
    listed_on: Annotated[dt.date, column("day that the index names", key=True)]
    arxiv_id: ArxivId
    title: Annotated[str, column("title, white space folded", shortest=1)]


@dataclass(slots=True)
class Parsed:
    """The rows of one or more captures: one list a table, by the table's name."""

    entry: list[Entry] = field(default_factory=list)
    author: list[Author] = field(default_factory=list)
    section: list[Section] = field(default_factory=list)
    keyword: list[Keyword] = field(default_factory=list)
    category: list[Category] = field(default_factory=list)
    reject: list[Reject] = field(default_factory=list)

    def tables(self) -> Iterator[tuple[str, list[NamedTuple]]]:
        """Yield the name and the rows of each table."""
        for table in fields(self):
            yield table.name, getattr(self, table.name)

    def extend(self, other: "Parsed") -> None:
        """Add the rows of `other`."""
        for table, rows in other.tables():
            getattr(self, table).extend(rows)


PARTS_OF_A_PAPER = tuple(table.name for table in fields(Parsed) if table.name not in ("entry", "reject"))
"""Tables whose rows belong to an entry."""
