"""Partitions: a month each, as the lake keeps its days, and how days and months are turned into each other."""

import datetime as dt
from collections.abc import Iterable

import dagster as dg

from dagster_project.sources.source import Source

MONTH = "%Y-%m"


def make_months(source: Source) -> dg.MonthlyPartitionsDefinition:
    """Return the months of a source, up to the one that has begun."""
    return dg.MonthlyPartitionsDefinition(
        source.first_day.replace(day=1).strftime(MONTH), fmt=MONTH, timezone="UTC", end_offset=1
    )


def find_month(day: dt.date) -> str:
    """Return the key of the month that a day lies in."""
    return day.strftime(MONTH)


def list_days(source: Source, months: Iterable[str], today: dt.date) -> list[dt.date]:
    """Return the days of some months, from the source's first day to today."""
    wanted = set(months)
    days = (source.first_day + dt.timedelta(days=ahead) for ahead in range((today - source.first_day).days + 1))
    return [day for day in days if find_month(day) in wanted]
