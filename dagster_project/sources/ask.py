"""Sends one request and returns its `Attempt`: the part that every source shares.

A source adds the address, and a judge that decides what a response body is. Retries and limits belong in `client`.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from dagster_project.clock import Clock
from dagster_project.sources.attempt import Attempt, HeldByUrl, Outcome, TimeBasis, hash_body, hide_secrets
from dagster_project.sources.client import Client, FetchFailure


class Verdict(NamedTuple):
    """The outcome of a body. `items` is its number of papers, if counted; `reason` is why it failed, or what is new."""

    outcome: Outcome
    items: int | None = None
    reason: str | None = None


Judge = Callable[[bytes, str], Verdict]
"""Returns the verdict on a body, given the body and its content type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request for a day, and how to judge the response."""

    source: str
    day: dt.date
    url: str
    judge: Judge
    page: int = 0
    captured_at: dt.datetime | None = None
    """When the votes were counted (UTC); None means at the time of the request."""
    time_basis: TimeBasis = TimeBasis.MEASURED
    headers: dict[str, str] = field(default_factory=dict)
    missing: frozenset[int] = frozenset({404})
    """HTTP statuses that mean that the source has nothing for the day."""
    denied: Mapping[int, str] = field(default_factory=dict)
    """HTTP statuses that mean that the host would not answer for any other day either, and why."""


async def ask(client: Client, question: Question, held: HeldByUrl, clock: Clock) -> Attempt:
    """Send a request, conditional if a response is held, and return the fetch attempt. Never raises `FetchFailure`."""
    url = hide_secrets(question.url)
    known = held.get(url)
    asked_at = clock()
    attempt = Attempt(
        source=question.source,
        date=question.day,
        page=question.page,
        url=url,
        fetched_at=asked_at,
        captured_at=question.captured_at or asked_at,
        time_basis=question.time_basis,
        outcome=Outcome.FAILED,
    )
    try:
        reply = await client.get(question.url, headers=question.headers, held=known)
    except FetchFailure as failure:
        return replace(attempt, status=failure.status, reason=failure.reason)
    attempt = replace(attempt, status=reply.status, etag=reply.etag, last_modified=reply.last_modified)
    if why := question.denied.get(reply.status):
        client.give_up(why)
        return replace(attempt, reason=f"HTTP {reply.status}: {why}")
    if reply.status in question.missing:
        return replace(attempt, outcome=Outcome.MISSING)
    if reply.status == 304 and known:
        return replace(
            attempt,
            outcome=Outcome.UNCHANGED,
            etag=reply.etag or known.etag,
            last_modified=reply.last_modified or known.last_modified,
            sha256=known.sha256,
            items=known.items,
        )
    if reply.status != 200 or reply.body is None:
        return replace(attempt, reason=f"HTTP {reply.status}: no answer for that day")
    outcome, items, reason = question.judge(reply.body, reply.content_type)
    sha256 = hash_body(reply.body)
    if outcome is not Outcome.FAILED and known and known.sha256 == sha256:
        outcome = Outcome.UNCHANGED
    return replace(
        attempt,
        outcome=outcome,
        reason=reason,
        items=items,
        sha256=sha256,
        size=len(reply.body),
        body=reply.body,
    )
