"""Writes the feeds of a site: all new papers, the top of each week, and the saved searches.

An entry comes once, when its paper first matches, and its id and date stay. The date is that of the first capture by
which the paper matched, so it does not depend on when the site is made; `lake.announcements` remembers it. How a feed
looks in a file belongs in `feed_formats`.
"""

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import duckdb
import jinja2
import polars as pl

from dagster_project.config import PACKAGE
from dagster_project.errors import ReleaseError
from dagster_project.lake.announcements import announce, read_announcements
from dagster_project.lake.home import Home
from dagster_project.models.catalog import load_questions
from dagster_project.publish.reader import BATCH
from dagster_project.site.feed_formats import Entry, Feed, clean, write_atom, write_json
from dagster_project.site.searches import NEW, WEEK, SavedSearch

MOST_PAPERS = 200
MOST_WEEKS = 52
"""Entries that a feed holds: the newest ones."""
TOP = 10
"""Papers of a week's entry."""
MOST_AUTHORS = 20
"""Authors that an entry names; some papers have thousands."""
UNDATED = dt.datetime(1970, 1, 1)
"""The time of a feed of a release that says none."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What the feeds say of a paper, in clean texts."""

    arxiv_id: str
    url: str
    page_url: str
    title: str
    abstract: str | None
    organization: str | None
    authors: Sequence[str]
    keywords: Sequence[str]
    categories: Sequence[str]
    first_listed_on: dt.date
    links: Sequence[tuple[str, str]]
    """Names and addresses."""


def write_feeds(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    folder: Path,
    searches: Sequence[SavedSearch] = (),
    base_url: str | None = None,
) -> list[Feed]:
    """Write the feeds of a release into `folder`, remember what they announced, and return them.

    `base_url` is the site's own address, if it is known. The caller holds the home's lock.

    Raises:
        ReleaseError: the release is older than the feeds.
        DamagedLakeError: what was announced before cannot be read.
    """
    base_url = None if base_url is None else f"{base_url.rstrip('/')}/"
    try:
        found = [
            _order(_find_matches(connection, None), NEW),
            _find_weeks(connection, read_announcements(home)),
            *(_order(_find_matches(connection, search), search.name) for search in searches),
        ]
        announced = _list_newest(announce(home, pl.concat(found)), [NEW, WEEK, *(search.name for search in searches)])
        papers = _read_papers(connection, announced["arxiv_id"].unique(), base_url)
        built_at = connection.execute("SELECT max(built_at) FROM meta_release").fetchall()[0][0] or UNDATED
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        advice = "make a new release with: papers build"
        raise ReleaseError(f"the feeds do not fit the release in use; {advice} ({error})") from error
    feeds = list(_make_feeds(announced, papers, searches, built_at))
    (folder / "feeds").mkdir(parents=True, exist_ok=True)
    for feed in feeds:
        (folder / feed.atom_file).write_text(write_atom(feed, base_url), encoding="utf-8")
        (folder / feed.json_file).write_text(write_json(feed, base_url), encoding="utf-8")
    return feeds


def _find_matches(connection: duckdb.DuckDBPyConnection, search: SavedSearch | None) -> pl.DataFrame:
    """Return the papers that fulfil a search, the first one first; without a search, all papers."""
    return _ask(
        connection,
        "matches",
        papers=None if search is None else _find_words(connection, search),
        authors=search and search.author_names,
        organizations=search and _list(search.organizations),
        keywords=search and _list(search.keywords),
        categories=search and _list(search.categories),
        min_votes=search and search.min_votes,
        max_age_days=search and search.max_age_days,
    )


def _list(texts: tuple[str, ...] | None) -> list[str] | None:
    return None if texts is None else list(texts)


def _find_words(connection: duckdb.DuckDBPyConnection, search: SavedSearch) -> list[str] | None:
    """Return the ids of the papers that hold the words and the phrases of a search; None if it has neither."""
    found: set[str] | None = None
    for macro, texts in (("search", search.words), ("search_phrase", search.phrases)):
        if texts is not None:
            held = set[str]()
            for text in texts:
                held |= {
                    paper for (paper,) in connection.execute(f"SELECT arxiv_id FROM {macro}(?)", [text]).fetchall()
                }
            found = held if found is None else found & held
    return None if found is None else sorted(found)


def _find_weeks(connection: duckdb.DuckDBPyConnection, announced: pl.DataFrame) -> pl.DataFrame:
    """Return the leading papers of the finished weeks that were not announced.

    A paper leads one week at most: older captures may show that it was listed in a week before.
    """
    known = announced.filter(feed=WEEK)
    return (
        _ask(connection, "weeks")
        .join(known, on="dated_at", how="anti")
        .join(known, on="arxiv_id", how="anti")
        .sort("dated_at", "votes", "arxiv_id", descending=[False, True, False])
        .group_by("dated_at", maintain_order=True)
        .head(TOP)
        .select(
            pl.lit(WEEK).alias("feed"),
            "arxiv_id",
            pl.col("dated_at").rank("dense").alias("number"),
            "dated_at",
            "votes",
        )
    )


def _order(matches: pl.DataFrame, feed: str) -> pl.DataFrame:
    """Return matches as they may be announced in a feed, each with an entry of its own."""
    number = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("number")
    return matches.select(pl.lit(feed).alias("feed"), "arxiv_id", number, "dated_at", "votes")


def _list_newest(announced: pl.DataFrame, feeds: Sequence[str]) -> pl.DataFrame:
    """Return what was announced last in each feed, as many entries as it holds.

    The order is that of announcing and not that of dates, so that an entry that comes late is in the feed, too.
    """
    kept = pl.when(pl.col("feed") == WEEK).then(MOST_WEEKS).otherwise(MOST_PAPERS)
    return announced.filter(
        pl.col("feed").is_in(list(feeds)), pl.col("number") > pl.col("number").max().over("feed") - kept
    )


def _ask(connection: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> pl.DataFrame:
    """Return the answer to a question of `sql/feeds/`, which takes lists as JSON.

    A list as it is would cost the time of a few failed imports for each of its texts.
    """
    given = {key: json.dumps(value) if isinstance(value, list) else value for key, value in parameters.items()}
    relation = connection.sql(_load_questions()[name], params=given)
    return cast("pl.DataFrame", pl.from_arrow(relation.to_arrow_reader(BATCH).read_all()))


@cache
def _load_questions() -> Mapping[str, str]:
    return {question.name: question.sql for question in load_questions(kind="feeds")}


def _read_papers(
    connection: duckdb.DuckDBPyConnection, papers: Iterable[str], base_url: str | None
) -> dict[str, Paper]:
    """Return what the release says of papers, by id; a paper that it does not hold is left out."""
    rows = _ask(connection, "papers", papers=list(papers))
    return {row["arxiv_id"]: _read_paper(row, base_url) for row in rows.iter_rows(named=True)}


def _read_paper(row: Mapping[str, Any], base_url: str | None) -> Paper:
    own = None if base_url is None else f"{base_url}view.html#/paper/{row['arxiv_id']}"
    links = {
        "On this site": own,
        "Hugging Face": row["page_url"],
        "arXiv": row["arxiv_url"],
        "PDF": row["pdf_url"],
        "Code": row["github_repo"],
        "Project": row["project_page"],
    }
    return Paper(
        arxiv_id=row["arxiv_id"],
        url=own or row["page_url"],
        page_url=row["page_url"],
        title=clean(row["title"]) or row["arxiv_id"],
        abstract=clean(row["abstract"] or "") or None,
        organization=clean(row["organization"] or "") or None,
        authors=_clean_all(row["authors"]),
        keywords=_clean_all(row["keywords"]),
        categories=_clean_all(row["categories"]),
        first_listed_on=row["first_listed_on"],
        links=[(name, clean(to)) for name, to in links.items() if to and to.startswith(("https://", "http://"))],
    )


def _clean_all(texts: Collection[str] | None) -> list[str]:
    return [text for text in map(clean, texts or ()) if text]


def _make_feeds(
    announced: pl.DataFrame, papers: Mapping[str, Paper], searches: Sequence[SavedSearch], built_at: dt.datetime
) -> Iterator[Feed]:
    """Yield the feeds with their entries, the newest first."""
    said = [
        (NEW, "New papers", "Papers on Hugging Face's Daily Papers, each when it is first listed."),
        (WEEK, "Top of the week", f"The {TOP} papers of each week with most votes at its end."),
        *((search.name, search.title, search.describe()) for search in searches),
    ]
    macros = _load_macros()
    for name, title, description in said:
        rows = announced.filter(pl.col("feed") == name, pl.col("arxiv_id").is_in(list(papers)))
        make = _make_week_entries if name == WEEK else _make_paper_entries
        entries = list(make(rows.sort("dated_at", "number", descending=True), papers, macros))
        yield Feed(
            name, clean(title), clean(description), max((one.dated_at for one in entries), default=built_at), entries
        )


@cache
def _load_macros() -> Any:
    """Return the macros of the template that write the content of entries."""
    loader = jinja2.FileSystemLoader(PACKAGE / "site")
    jinja = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return jinja.get_template("entries.html").module


def _make_paper_entries(rows: pl.DataFrame, papers: Mapping[str, Paper], macros: Any) -> Iterator[Entry]:
    for arxiv_id, dated_at, votes in rows.select("arxiv_id", "dated_at", "votes").iter_rows():
        paper = papers[arxiv_id]
        yield Entry(
            key=arxiv_id,
            title=paper.title,
            url=paper.url,
            external_url=None if paper.url == paper.page_url else paper.page_url,
            dated_at=dated_at,
            authors=paper.authors[:MOST_AUTHORS],
            tags=[*paper.categories, *paper.keywords],
            html=str(macros.show_paper(paper, dated_at, votes)).strip(),
        )


def _make_week_entries(rows: pl.DataFrame, papers: Mapping[str, Paper], macros: Any) -> Iterator[Entry]:
    for (ended_at,), of_week in rows.group_by("dated_at", maintain_order=True):
        ended_at = cast("dt.datetime", ended_at)
        first, last = ended_at - dt.timedelta(days=7), ended_at - dt.timedelta(days=1)
        year, week, _ = first.isocalendar()
        leading = of_week.sort("votes", "arxiv_id", descending=[True, False]).select("arxiv_id", "votes")
        yield Entry(
            key=f"{first:%Y-%m-%d}",
            title=f"Top of the week from {first:%Y-%m-%d} to {last:%Y-%m-%d}",
            url=f"https://huggingface.co/papers/week/{year}-W{week:02}",
            dated_at=ended_at,
            html=str(macros.show_week([(papers[arxiv_id], votes) for arxiv_id, votes in leading.iter_rows()])).strip(),
        )
