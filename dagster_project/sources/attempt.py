"""Fetch attempts: one request each, with its outcome. Nothing here asks anything of anybody."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from dagster_project.columns import column


class Outcome(StrEnum):
    """How one attempt ended. A day takes the outcome of its last attempt that says anything new."""

    FETCHED = "fetched"
    """A new answer, as expected."""
    UNCHANGED = "unchanged"
    """The source says, or its bytes show, that the answer is the one already held."""
    MISSING = "missing"
    """The source has nothing for that day (404 for a digest)."""
    EMPTY = "empty"
    """The source answered that the day holds no papers (`[]`)."""
    INCOMPLETE = "incomplete"
    """An answer that was cut by a page's size, with no way to read on."""
    FAILED = "failed"
    """Anything unexpected; the day is tried again next time."""
    FUTURE = "future"
    """The day has not begun in UTC; nothing was asked."""


ANSWERS = frozenset({Outcome.FETCHED, Outcome.UNCHANGED, Outcome.EMPTY, Outcome.INCOMPLETE})
"""Outcomes whose `sha256` names what the source says of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request and what came of it. Several pages of one capture share `captured_at`."""

    source: Annotated[str, column("name of the source", pattern=r"^[a-z][a-z0-9_]*$")]
    date: Annotated[dt.date, column("day that was asked for")]
    page: Annotated[int, column("page, 0 is first", least=0)] = 0
    url: Annotated[str, column("address that was asked")]
    fetched_at: Annotated[dt.datetime, column("when it was asked, UTC")]
    captured_at: Annotated[dt.datetime, column("when the answer's votes were counted, UTC")]
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
    """An answer that the raw store holds: what a conditional request needs to ask for news only."""

    url: str
    sha256: str
    etag: str | None
    last_modified: str | None
    items: int | None = None


HeldByUrl = Mapping[str, Held]


def hash_body(body: bytes) -> str:
    """Return the SHA-256 of `body` in hexadecimal: its name in the raw store."""
    return hashlib.sha256(body).hexdigest()
