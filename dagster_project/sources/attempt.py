"""What a source answered: one `Attempt` a request, with its outcome, and the sources' names.

Nothing here asks anything of anybody.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Source = Literal["digest", "huggingface"]


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
    """One request and what came of it. Times are UTC; `captured_at` is when its votes were counted.

    Several pages of one capture share `captured_at`; `items` counts the papers of a page where that is known.
    """

    source: Source
    date: dt.date
    page: int = 0
    url: str
    fetched_at: dt.datetime
    captured_at: dt.datetime
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    size: int | None = None
    items: int | None = None
    outcome: Outcome
    reason: str | None = None
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


def digest_of(body: bytes) -> str:
    """Return the SHA-256 of `body` in hexadecimal: its name in the raw store."""
    return hashlib.sha256(body).hexdigest()
