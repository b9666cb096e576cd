"""Defines the partitions, which are months, and converts between days and months. Assets belong in `ingest`."""

import datetime as dt
from collections.abc import Iterable

import dagster as dg

from dagster_project.sources.source import Source

MONTH = "%Y-%m"


def make_months(source: Source) -> dg.MonthlyPartitionsDefinition:
    """Return the months of a source, up to and including the current one in UTC."""
    return dg.MonthlyPartitionsDefinition(
        source.first_day.replace(day=1).strftime(MONTH), fmt=MONTH, timezone="UTC", end_offset=1
    )


def find_month(day: dt.date) -> str:
    """Return the partition key of a day's month."""
    return day.strftime(MONTH)


def list_days(source: Source, months: Iterable[str], today: dt.date) -> list[dt.date]:
    """Return the days of some months, from the source's first day to today."""
    wanted = set(months)
    days = (source.first_day + dt.timedelta(days=ahead) for ahead in range((today - source.first_day).days + 1))
    return [day for day in days if find_month(day) in wanted]
