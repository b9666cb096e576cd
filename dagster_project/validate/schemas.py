"""The lake's tables: columns, types, ranges, keys and relations, each with its meaning.

Times are UTC without a zone. The primary key of a table is its grain.
"""

import dataframely as dy
import polars as pl

from dagster_project.parse.authors import LONGEST_NAME
from dagster_project.parse.rows import MOST

SOURCES = r"^(digest|huggingface)$"
ARXIV_ID = r"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$"
PILED_MARKS = r"\p{M}{31}"
"""More marks on one letter than any language has (Unicode's Stream-Safe Text Format allows 30). To compose them, as
search does, takes time by the square of their number."""


class _OfCapture(dy.Schema):
    """The columns that every row of the lake begins with."""

    source = dy.String(primary_key=True, regex=SOURCES, description="`digest` or `huggingface`")
    listed_on = dy.Date(primary_key=True, description="day whose list it is, as the source dates it")
    captured_at = dy.Datetime(primary_key=True, time_unit="us", description="when the votes were counted, UTC")


class _OfPaper(_OfCapture):
    arxiv_id = dy.String(primary_key=True, regex=ARXIV_ID, description="arXiv id without its version")


class Entry(_OfPaper):
    """A paper in one capture of one day's list."""

    rank = dy.Int32(min=1, description="place in the list, 1 is first")
    title = dy.String(min_length=1, max_length=2_000, description="title as printed, white space folded")
    abstract = dy.String(nullable=True, max_length=100_000, description="abstract, white space folded")
    votes = dy.Int32(nullable=True, min=0, max=MOST, description="votes; NULL is unknown, 0 is zero")
    comments = dy.Int32(nullable=True, min=0, max=MOST, description="comments on the paper's page")
    published_at = dy.Datetime(nullable=True, time_unit="us", description="when arXiv published it, UTC")
    submitted_at = dy.Datetime(nullable=True, time_unit="us", description="when it was put on the list, UTC")
    submitted_by = dy.String(nullable=True, max_length=200, description="user who put it on the list")
    thumbnail_url = dy.String(nullable=True, max_length=4_000, description="address of its picture")
    video_url = dy.String(nullable=True, max_length=4_000, description="address of its video")
    github_repo = dy.String(nullable=True, max_length=4_000, description="address of its repository")
    github_stars = dy.Int32(nullable=True, min=0, max=MOST, description="stars of the repository")
    project_page = dy.String(nullable=True, max_length=4_000, description="address of its own page")
    organization = dy.String(nullable=True, max_length=400, description="organisation's name on the site")
    organization_full_name = dy.String(nullable=True, max_length=400, description="organisation's full name")
    ai_summary = dy.String(nullable=True, max_length=20_000, description="the site's one-line summary")
    withdrawn_at = dy.Datetime(nullable=True, time_unit="us", description="when it was withdrawn, UTC")
    author_count = dy.Int32(nullable=True, min=0, description="distinct names in its list; NULL without a list")
    keyword_count = dy.Int32(nullable=True, min=0, description="keywords; NULL in eras that had none")
    authors_truncated = dy.Bool(description="the list of authors was cut in print")
    line_start = dy.Int32(nullable=True, min=1, description="first line in the digest")
    line_end = dy.Int32(nullable=True, min=1, description="last line in the digest")

    @dy.rule()
    def captured_before_listed(cls) -> pl.Expr:  # noqa: N805
        """No list is captured before its day begins."""
        return pl.col("captured_at") >= pl.col("listed_on").cast(pl.Datetime("us"))

    @dy.rule()
    def piled_marks(cls) -> pl.Expr:  # noqa: N805
        """What is searched can be composed."""
        return ~(pl.col("title").str.contains(PILED_MARKS) | pl.col("abstract").fill_null("").str.contains(PILED_MARKS))


class EntryInHand(Entry):
    """An entry with its text as it came, which is needed only where the entry is rejected."""

    raw = dy.String(description="its text as it came")


class Author(_OfPaper):
    """A name in an entry's list of authors, as of the last capture that holds the paper."""

    position = dy.Int32(primary_key=True, min=1, description="place in print, 1 is first")
    name_as_printed = dy.String(
        min_length=1, max_length=LONGEST_NAME, description="name as printed, white space folded"
    )
    name = dy.String(min_length=1, max_length=LONGEST_NAME, description="name with TeX's accents decoded")
    name_normalized = dy.String(min_length=1, max_length=LONGEST_NAME, description="spelling by which names are equal")
    hf_user = dy.String(nullable=True, max_length=200, description="user that claimed the authorship")
    is_hidden = dy.Bool(nullable=True, description="the site does not show the author")

    @dy.rule()
    def repeated_name(cls) -> pl.Expr:  # noqa: N805
        """A name stands once in a list."""
        return ~pl.struct("source", "listed_on", "captured_at", "arxiv_id", "name_normalized").is_duplicated()


class Section(_OfPaper):
    """A piece of an entry's summary, as of the last capture that holds the paper."""

    position = dy.Int32(primary_key=True, min=1, description="place under the paper, 1 is first")
    heading = dy.String(nullable=True, min_length=1, max_length=200, description="canonical heading")
    heading_as_printed = dy.String(nullable=True, max_length=200, description="heading as printed")
    text = dy.String(max_length=100_000, description="text without its heading")
    language = dy.String(nullable=True, regex=r"^[a-z]{2}$", description="`ko`, `en`, `zh`, `ja`, by script")
    line_start = dy.Int32(nullable=True, min=1, description="first line in the digest")
    line_end = dy.Int32(nullable=True, min=1, description="last line in the digest")

    @dy.rule()
    def piled_marks(cls) -> pl.Expr:  # noqa: N805
        """What is searched can be composed."""
        return ~pl.col("text").str.contains(PILED_MARKS)


class Keyword(_OfPaper):
    """A keyword of an entry, as of the last capture that holds the paper."""

    position = dy.Int32(primary_key=True, min=1, description="place in the list, 1 is first")
    keyword = dy.String(min_length=1, max_length=400, description="keyword, case and white space folded")


class Reject(_OfCapture):
    """A piece that no table took."""

    source = dy.String(regex=SOURCES, description="`digest` or `huggingface`")
    listed_on = dy.Date(description="day whose list it stood in")
    captured_at = dy.Datetime(time_unit="us", description="capture that it stood in, UTC")
    rule = dy.String(min_length=1, description="rule that it broke")
    reason = dy.String(description="what is wrong, in a line")
    arxiv_id = dy.String(nullable=True, description="paper that it belongs to, where known")
    line_start = dy.Int32(nullable=True, description="first line in the digest")
    line_end = dy.Int32(nullable=True, description="last line in the digest")
    raw = dy.String(description="its text as it came")


class Index(dy.Schema):
    """A paper that the digest archive's own index names for a day."""

    source = dy.String(primary_key=True, regex=SOURCES, description="`digest`")
    listed_on = dy.Date(primary_key=True, description="day that the index names")
    arxiv_id = dy.String(primary_key=True, regex=ARXIV_ID, description="arXiv id without its version")
    title = dy.String(min_length=1, description="title, white space folded")


class Fetch(dy.Schema):
    """One attempt to fetch a day, or a page of it."""

    source = dy.String(regex=SOURCES, description="`digest` or `huggingface`")
    date = dy.Date(description="day that was asked for")
    page = dy.Int32(min=0, description="page, 0 is first")
    url = dy.String(description="address that was asked")
    fetched_at = dy.Datetime(time_unit="us", description="when it was asked, UTC")
    captured_at = dy.Datetime(time_unit="us", description="when the answer's votes were counted, UTC")
    status = dy.Int32(nullable=True, description="HTTP status; NULL without an answer")
    etag = dy.String(nullable=True, description="the answer's ETag")
    last_modified = dy.String(nullable=True, description="the answer's Last-Modified")
    sha256 = dy.String(nullable=True, regex=r"^[0-9a-f]{64}$", description="name of the answer in the raw store")
    bytes = dy.Int64(nullable=True, min=0, description="bytes that were moved; NULL for none")
    items = dy.Int32(nullable=True, min=0, description="papers in the answer, where they can be counted")
    outcome = dy.String(min_length=1, description="fetched, unchanged, missing, empty, incomplete, failed, future")
    reason = dy.String(nullable=True, description="why, in a line")


class Lake(dy.Collection):
    """The tables of a set of days, and how they hang together."""

    entry: dy.LazyFrame[EntryInHand]
    author: dy.LazyFrame[Author]
    section: dy.LazyFrame[Section]
    keyword: dy.LazyFrame[Keyword]

    @dy.filter()
    def without_entry(self) -> pl.LazyFrame:
        """Every author, section and keyword belongs to an entry of the same capture."""
        return self.entry.select("source", "listed_on", "captured_at", "arxiv_id")
