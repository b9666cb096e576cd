"""Declares the record of a source: all that differs between sources. The records themselves belong in `registry`."""

import datetime as dt
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import httpx

from dagster_project.clock import Clock
from dagster_project.columns import column, read_columns
from dagster_project.config import Settings, check_address
from dagster_project.errors import SettingsError
from dagster_project.parse.purge import LINES, Cut
from dagster_project.parse.rows import Day, IndexEntry, Parsed, Reject
from dagster_project.sources.ask import Judge, Verdict
from dagster_project.sources.attempt import Attempt, HeldByUrl
from dagster_project.sources.client import Client

Capture = Callable[[Client, Settings, "Source", dt.date, HeldByUrl, Clock], Awaitable[list[Attempt]]]
"""Fetches a day, given the responses that the raw store holds for it, by address."""
Describe = Callable[[Client, Settings, "Source", Sequence[str], HeldByUrl, Clock], AsyncGenerator[Attempt]]
"""Asks for papers by their arXiv ids, and yields the attempt of each request, one after the other."""
ListAsked = Callable[[str], Sequence[str]]
"""Returns the papers that a request asked for, given its address."""
Parser = Callable[[Sequence[bytes], Day], Parsed]
"""Parses the pages of one capture into rows. Never raises."""
SAME_MONTH = (dt.date(2024, 1, 25), dt.date(2024, 1, 26), dt.date(2024, 2, 25), dt.date(2025, 1, 25))
"""Days whose addresses must differ if each day has an address of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of a source, set by the variable `PAPERS_<NAME>`."""

    name: str
    default: str | None = None
    description: str
    is_daily: bool = False
    """Whether each day has an address of its own, made by `{date:…}`."""

    @property
    def variable(self) -> str:
        """The name of the environment variable."""
        return f"PAPERS_{self.name.upper()}"

    def find(self, settings: Settings) -> str | None:
        """Return the address that is set, or the default; None if there is neither.

        Raises:
            SettingsError: the address is not usable; the text names the variable.
        """
        address = settings.addresses.get(self.name, self.default)
        if address is None:
            return None
        try:
            check_address(address)
            httpx.URL(address.format(date=SAME_MONTH[0]))
            if self.is_daily and len({address.format(date=day) for day in SAME_MONTH}) < len(SAME_MONTH):
                raise ValueError("must hold the day's place, for example …/{date:%Y/%m/%d}.md")
        except ValueError as error:
            raise SettingsError(f"{self.variable}: {error}") from None
        except httpx.InvalidURL:
            raise SettingsError(f"{self.variable}: not an address that can be asked") from None
        return address


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a scheduled build fetches a source, and which days."""

    name: str
    cron: str
    """In UTC."""
    days_back: int
    """Days before today that it fetches too."""
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A source's own list of its papers, which checks the listings and adds none."""

    find_address: Callable[[Settings], str | None]
    judge: Judge
    parse: Callable[[str, bytes, dt.datetime], tuple[list[IndexEntry], list[Reject]]]
    """Parses an index, given the source's name, the bytes and the time of the capture (UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptions:
    """How papers that other sources list are asked for by their ids."""

    describe: Describe
    list_asked: ListAsked
    at_once: int
    """The most papers of a request."""
    pause: float
    """Seconds between two requests. There is one at a time."""
    fresh_for: dt.timedelta
    """How long a paper is not asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source of lists of papers. The annotated fields are the columns of the lake's table `source`."""

    name: Annotated[str, column("name of the source", name="source", key=True, pattern=r"^[a-z][a-z0-9_]*$")]
    description: Annotated[str, column("what it is")]
    licence: Annotated[str, column("licence of its texts")]
    precedence: Annotated[int, column("1 wins where two sources disagree", least=1)]
    first_day: Annotated[dt.date, column("its first day")]
    is_live: Annotated[bool, column("its votes move, and are counted when it is asked")]
    knows_author_order: Annotated[bool, column("its lists print authors in the paper's order")]
    names_days: Annotated[bool, column("its lists are of a day; if not, they only show votes")] = True
    lists_papers: Annotated[bool, column("its answers list papers; if not, they describe papers of others")] = True
    default_days: int | None = None
    """Days before today that a build fetches by default; None means all days."""
    addresses: tuple[Address, ...] = ()
    capture: Capture | None = None
    """Fetches a day; None if the source cannot be asked for one."""
    descriptions: Descriptions | None = None
    """None if the source cannot be asked for papers."""
    judge_stored: Callable[[dt.date, bytes], Verdict]
    """Judges an answer for a day that somebody stored."""
    parse: Parser
    cut: Cut = LINES
    """Says where papers stand in its answers, so that one can be purged; by default, whole lines are."""
    schedule: Schedule | None = None
    sample: str = ""
    """Path of a day in the bundled sample, with `{date:…}` for the day."""
    uses_token: bool = False
    """Whether HF_TOKEN is for this source."""
    index: Index | None = None

    @property
    def can_be_asked(self) -> bool:
        """Whether it can be asked. If not, its captures come from archives, and it has no address and no sample."""
        return self.capture is not None or self.descriptions is not None

    def describe(self) -> tuple[object, ...]:
        """Return the source's row of the lake's table `source`."""
        return tuple(getattr(self, declared.field) for declared in read_columns(Source).values())

    def address(self, settings: Settings) -> str:
        """Return the source's main address, which is the first."""
        return self.addresses[0].find(settings) or ""

    def default_range(self, today: dt.date) -> tuple[dt.date, dt.date]:
        """Return the first and last day that a build fetches by default."""
        if self.default_days is None:
            return self.first_day, today
        return max(self.first_day, today - dt.timedelta(days=self.default_days)), today
