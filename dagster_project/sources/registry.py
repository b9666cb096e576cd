"""Lists the sources, with all that differs between them. No other module names a source.

To add a source, write its module in `sources` and its parser in `parse`, and add its record here.
"""

import datetime as dt
from collections.abc import Iterable

from dagster_project.config import Settings
from dagster_project.errors import SettingsError
from dagster_project.parse.arxiv import CUT as arxiv_cut
from dagster_project.parse.arxiv import parse_arxiv
from dagster_project.parse.digest import CUT as digest_cut
from dagster_project.parse.digest import parse_digest
from dagster_project.parse.feed import CUT as feed_cut
from dagster_project.parse.feed import parse_feed
from dagster_project.parse.huggingface import CUT as huggingface_cut
from dagster_project.parse.huggingface import parse_huggingface
from dagster_project.parse.index import parse_index
from dagster_project.sources import arxiv, digest, feed, huggingface
from dagster_project.sources.source import Address, Descriptions, Index, Schedule, Source

_SOURCES = (
    Source(
        name="huggingface",
        description="Hugging Face's own daily_papers API, captured again while votes move",
        licence="none named",
        precedence=1,
        first_day=dt.date(2023, 5, 4),
        default_days=14,  # the API limits requests, and votes move for two weeks
        is_live=True,
        knows_author_order=True,
        addresses=(
            Address(
                name="huggingface_url",
                default="https://huggingface.co/api/daily_papers",
                description="address of the `daily_papers` endpoint; or, with `file:///`, a folder of stored captures, "
                "`<date>/<captured_at>.json`",
            ),
        ),
        capture=huggingface.capture,
        judge_stored=huggingface.judge_stored,
        parse=parse_huggingface,
        cut=huggingface_cut,
        schedule=Schedule(
            name="votes_again",
            cron="15 */6 * * *",
            days_back=14,
            description="Every six hours: the last two weeks of the API, in which votes still move.",
        ),
        sample="api/{date:%Y-%m-%d}",
        uses_token=True,
    ),
    Source(
        name="digest",
        description="Markdown digests of the daily list, written at about 23:00 UTC of their day",
        licence="CC BY-NC-ND",
        precedence=2,
        first_day=dt.date(2023, 11, 20),
        default_days=None,  # the archive is a static host, so requests are cheap
        is_live=False,
        knows_author_order=False,  # the archive's writer keeps names in an unordered set
        addresses=(digest.URL, digest.INDEX_URL),
        capture=digest.capture,
        judge_stored=digest.judge_stored,
        parse=parse_digest,
        cut=digest_cut,
        schedule=Schedule(
            name="daily_digest",
            cron="30 23 * * *",
            days_back=3,
            description="Every day, half an hour after a digest is written: today's, and those that were late.",
        ),
        sample="digests/{date:%Y/%m/%d}.md",
        index=Index(find_address=digest.find_index_url, judge=digest.judge_index, parse=parse_index),
    ),
    Source(
        name="feed",
        description="feeds (RSS or Atom) of the newest papers of a day, a week or a month, which archives hold",
        licence="none named",
        precedence=3,
        first_day=dt.date(2023, 5, 4),
        is_live=True,
        knows_author_order=True,
        names_days=False,  # its dates are arXiv's
        judge_stored=feed.judge_stored,
        parse=parse_feed,
        cut=feed_cut,
    ),
    Source(
        name="arxiv",
        description="arXiv's Atom API, asked for the papers that others list: subjects, versions, authors in order",
        licence="CC0",
        precedence=4,
        first_day=dt.date(2023, 5, 4),
        is_live=True,
        knows_author_order=True,
        names_days=False,
        lists_papers=False,
        addresses=(
            Address(
                name="arxiv_url",
                default="https://export.arxiv.org/api/query",
                description="address of arXiv's query endpoint; or, with `file:///`, one stored answer or the metadata "
                "snapshot",
            ),
        ),
        descriptions=Descriptions(
            describe=arxiv.describe,
            list_asked=arxiv.list_asked,
            at_once=arxiv.AT_ONCE,
            pause=arxiv.PAUSE,
            fresh_for=dt.timedelta(days=30),  # new versions, comments and journals come late
        ),
        judge_stored=arxiv.judge_stored,
        parse=parse_arxiv,
        cut=arxiv_cut,
        schedule=Schedule(
            name="descriptions",
            cron="45 2 * * *",
            days_back=60,
            description="Every night: the papers of the last two months that were not asked for in 30 days.",
        ),
        sample="arxiv.xml",
    ),
)
SOURCES: dict[str, Source] = {source.name: source for source in sorted(_SOURCES, key=lambda one: one.precedence)}
"""All sources by name, the best precedence first."""
ASKED = {name: source for name, source in SOURCES.items() if source.can_be_asked}
"""The sources that can be asked; captures of the others come from archives alone."""


def find_sources(names: Iterable[str]) -> list[Source]:
    """Return the sources with these names, which can be asked.

    Raises:
        SettingsError: a name is unknown.
    """
    names = list(names)
    for name in names:
        if name not in ASKED:
            raise SettingsError(f"there is no source {name!r}; choose from {', '.join(ASKED)}")
    return [SOURCES[name] for name in names]


def check_addresses(settings: Settings) -> None:
    """Check every address of every source.

    Raises:
        SettingsError: an address is not usable; the text names the variable.
    """
    for source in SOURCES.values():
        for address in source.addresses:
            address.find(settings)
