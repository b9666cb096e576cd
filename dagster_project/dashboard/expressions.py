"""Makes the Vega expressions about time and subject that charts and figures share.

Drawing belongs in `tools/charts.py`.
"""

DAY = 86_400_000
"""Milliseconds in a day; Vega measures time in milliseconds."""
MONDAY = 4 * DAY
"""The first Monday after 1970-01-01, in milliseconds; weeks are counted from it."""


def floor_to_week(time: str) -> str:
    """Return the expression for the Monday of a time's week, in milliseconds UTC."""
    return f"({MONDAY} + floor(({time} - {MONDAY}) / {7 * DAY}) * {7 * DAY})"


def match_period(field: str) -> str:
    """Return the expression that is true for rows in the picked period; a month is in it if one of its days is."""
    begin = "utc(utcyear(from), utcmonth(from), 1)" if field == "month" else "from"
    return f"datum.{field} >= {begin} && datum.{field} < to"


def match_subject() -> str:
    """Return the expression that is true for rows of the picked subject, or for all rows if none is picked."""
    return "(!subject || datum.subject === subject)"
