"""The time, in one form: UTC, without a zone, as every time of the lake is kept."""

import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]
"""Returns the time in UTC, without a zone."""


def utc_now() -> dt.datetime:
    """Return the time in UTC, without a zone."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
