"""dim_date: every day from the first to the last that is named anywhere, with its place in the ISO calendar."""

import datetime as dt

import pytest


def test_days_have_no_gap_from_the_first_list_to_the_last_capture(lake):
    lake.entry("2501.00001", listed_on="2024-12-30", captured_at="2025-01-02 12:00")
    assert lake.build().rows("SELECT date FROM dim_date ORDER BY date") == [
        "2024-12-30",
        "2024-12-31",
        "2025-01-01",
        "2025-01-02",
    ]


def test_days_that_were_asked_for_in_vain_are_days(lake):
    lake.fetch("missing", "digest", "2025-01-04")
    lake.fetch("failed", "digest", "2025-01-06")
    assert lake.build().rows("SELECT date FROM dim_date ORDER BY date") == ["2025-01-04", "2025-01-05", "2025-01-06"]


def test_a_day_in_the_future_is_not_a_day_yet(lake):
    lake.fetch("missing", "digest", "2025-01-04")
    lake.fetch("future", "digest", "2999-01-01")
    assert lake.build().rows("SELECT date FROM dim_date") == ["2025-01-04"]


def test_asking_widens_the_days_of_the_lists(lake):
    lake.entry("2501.00001", listed_on="2025-01-06")
    lake.fetch("missing", "digest", "2025-01-04")
    lake.fetch("empty", "huggingface", "2025-01-07")
    assert lake.build().row("SELECT min(date), max(date), count(*) FROM dim_date") == ("2025-01-04", "2025-01-07", 4)


@pytest.mark.parametrize("outcome", [None, "missing", "failed", "future"])
def test_a_warehouse_of_nothing_is_built_and_no_check_finds_more_than_an_unanswered_day(lake, outcome):
    if outcome:
        lake.fetch(outcome)
    warehouse = lake.build()
    assert warehouse.rows("SELECT arxiv_id FROM dim_paper") == []
    unanswered = ["days_answered_in_full"] if outcome == "failed" else []
    assert [name for name, result in warehouse.checks().items() if not result.passed] == unanswered


def test_weeks_and_weekdays_are_those_of_iso_8601_for_thirty_years(lake):
    first, last = dt.date(1999, 12, 31), dt.date(2030, 1, 1)
    lake.fetch("missing", "digest", first.isoformat())
    lake.fetch("missing", "digest", last.isoformat())
    days = [first + dt.timedelta(days) for days in range((last - first).days + 1)]
    columns = "date, year, quarter, month, iso_year, iso_week, day_of_week, is_weekend"
    assert lake.build().rows(f"SELECT {columns} FROM dim_date ORDER BY date") == [
        (day.isoformat(), day.year, (day.month + 2) // 3, day.month, *day.isocalendar(), day.weekday() >= 5)
        for day in days
    ]


def test_the_last_days_of_a_year_may_belong_to_the_first_week_of_the_next(lake):
    lake.fetch("missing", "digest", "2024-12-29")
    lake.fetch("missing", "digest", "2024-12-30")
    assert lake.build().rows("SELECT iso_year, iso_week, day_of_week, is_weekend FROM dim_date ORDER BY date") == [
        (2024, 52, 7, True),
        (2025, 1, 1, False),
    ]


def test_months_and_weekdays_have_names(lake):
    lake.entry("2401.00001", listed_on="2024-01-01", captured_at="2024-12-31 12:00")
    warehouse = lake.build()
    for column, form in (("month_name", "%B"), ("weekday", "%A")):
        named = warehouse.rows(f"SELECT date, {column} FROM dim_date")
        assert all(dt.date.fromisoformat(day).strftime(form) == name for day, name in named)
    starts = warehouse.rows("SELECT date, month_start FROM dim_date")
    assert all(start == f"{day[:7]}-01" for day, start in starts)
