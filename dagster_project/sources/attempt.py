"""Fetch attempts: one request each, with its outcome. Sending requests belongs in `ask` and `client`."""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, Self

from dagster_project.columns import column
from dagster_project.parse.rows import ARCHIVE, OWN


class Outcome(StrEnum):
    """How one fetch attempt ended."""

    FETCHED = "fetched"
    """The source returned a new response, as expected."""
    UNCHANGED = "unchanged"
    """The response equals the one that is held: by status 304, or by its bytes."""
    MISSING = "missing"
    """The source has nothing for that day (404 for a digest)."""
    EMPTY = "empty"
    """The source returned an empty list (`[]`)."""
    INCOMPLETE = "incomplete"
    """The list was cut by a page's size, and the rest cannot be read."""
    FAILED = "failed"
    """Anything unexpected; the next build tries the day again."""
    FUTURE = "future"
    """The day has not begun in UTC; no request was sent."""


class TimeBasis(StrEnum):
    """What is known of the time of a capture."""

    MEASURED = "measured"
    """The answer was asked for then, or whoever stored it wrote down when."""
    COMMITTED = "committed"
    """It was committed to an archive then, so it was captured at that time or before."""
    ASSUMED = "assumed"
    """The source writes its answers at about that time."""


ANSWERS = frozenset({Outcome.FETCHED, Outcome.UNCHANGED, Outcome.EMPTY, Outcome.INCOMPLETE})
"""Outcomes whose `sha256` names a page of a capture of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request and its outcome. The pages of one capture share `captured_at`. Times are UTC without a zone."""

    source: Annotated[str, column("name of the source", pattern=r"^[a-z][a-z0-9_]*$")]
    date: Annotated[dt.date, column("day that was asked for")]
    page: Annotated[int, column("page, 0 is first", least=0)] = 0
    url: Annotated[str, column("address that was asked, without what may be secret in it")]
    fetched_at: Annotated[dt.datetime, column("when it was asked, UTC")]
    captured_at: Annotated[dt.datetime, column("when the answer's votes were counted, UTC")]
    time_basis: Annotated[str, column("what is known of `captured_at`: measured, committed or assumed", shortest=1)] = (
        TimeBasis.MEASURED
    )
    archive: Annotated[str, column("archive that holds the capture; `own` is this warehouse", pattern=ARCHIVE)] = OWN
    commit: Annotated[str | None, column("commit of the archive")] = None
    path: Annotated[str | None, column("file in the archive")] = None
    status: Annotated[int | None, column("HTTP status; NULL without an answer")] = None
    etag: Annotated[str | None, column("the answer's ETag")] = None
    last_modified: Annotated[str | None, column("the answer's Last-Modified")] = None
    sha256: Annotated[str | None, column("name of the answer in the raw store", pattern=r"^[0-9a-f]{64}$")] = None
    size: Annotated[int | None, column("bytes that were sent; NULL for none", name="bytes", least=0, is_wide=True)] = (
        None
    )
    items: Annotated[int | None, column("papers in the answer, where they can be counted", least=0)] = None
    outcome: Annotated[str, column("fetched, unchanged, missing, empty, incomplete, failed or future", shortest=1)]
    reason: Annotated[str | None, column("why, or what was new in the answer, in a line")] = None
    body: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Held:
    """A response that the raw store holds, with what a conditional request needs."""

    url: str
    sha256: str
    etag: str | None
    last_modified: str | None
    items: int | None = None

    def without_conditions(self) -> Self:
        """Return the response without what makes a request conditional."""
        return replace(self, etag=None, last_modified=None)


HeldByUrl = Mapping[str, Held]


def hash_body(body: bytes) -> str:
    """Return the SHA-256 of `body` in hexadecimal, which is its name in the raw store."""
    return hashlib.sha256(body).hexdigest()


OPEN = frozenset(
    {"date", "day", "month", "year", "from", "to", "limit", "p", "page", "offset", "lang", "id_list", "max_results"}
)
"""Names in a query whose values are no secret."""
HIDDEN = "***"


def hide_secrets(address: str) -> str:
    """Return an address as it may be kept and shown: without user and password, and only open values in its query."""
    place, mark, query = re.sub(r"(?<=//)[^/?#]*@", "", address.partition("#")[0]).partition("?")
    return place + mark + "&".join(map(_hide_value, query.split("&")))


def _hide_value(pair: str) -> str:
    """Return `name=value` of a query with its value hidden, unless the name is one of `OPEN`."""
    name, mark, _ = pair.partition("=")
    if not pair or (name.lower() in OPEN and mark):
        return pair
    return f"{name}={HIDDEN}" if mark else HIDDEN
