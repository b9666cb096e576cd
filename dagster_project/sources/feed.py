"""Judges feeds of daily papers, which archives hold. Their format belongs in `parse.feed`."""

import datetime as dt

from dagster_project.parse.feed import count_items
from dagster_project.sources.ask import Verdict
from dagster_project.sources.attempt import Outcome


def judge_stored(_day: dt.date, body: bytes) -> Verdict:
    """Return whether `body` is a feed, with its number of items."""
    try:
        items = count_items(body)
    except ValueError as error:
        return Verdict(Outcome.FAILED, reason=str(error))
    return Verdict(Outcome.FETCHED if items else Outcome.EMPTY, items)
