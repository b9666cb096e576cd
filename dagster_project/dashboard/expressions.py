"""Vega expressions about time that the charts and the figures share. They are text: nothing is drawn here."""

DAY = 86_400_000
"""Milliseconds in a day, the unit of time in Vega."""
MONDAY = 4 * DAY
"""The first Monday of Vega's time, from which weeks are counted."""


def floor_to_week(time: str) -> str:
    """Return the expression for the Monday of the week that holds a time, in milliseconds."""
    return f"({MONDAY} + floor(({time} - {MONDAY}) / {7 * DAY}) * {7 * DAY})"


def match_period(field: str) -> str:
    """Return the expression that is true for rows of the picked period; a month is in it if any of its days is."""
    begin = "utc(utcyear(from), utcmonth(from), 1)" if field == "month" else "from"
    return f"datum.{field} >= {begin} && datum.{field} < to"
