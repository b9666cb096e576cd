"""Checks: how many rows break a rule, and a sample of them that is the same each time."""

import duckdb
import pytest

from dagster_project.models.catalog import Check
from dagster_project.publish.checks import run_checks

RULE = Check("small", "no number is small", "warn", sql="SELECT number, word FROM numbers WHERE number < 90")


@pytest.fixture
def result():
    """A function that runs the check on some numbers."""

    def run(numbers):
        with duckdb.connect() as connection:
            connection.execute("CREATE TABLE numbers (number INTEGER, word VARCHAR)")
            connection.executemany("INSERT INTO numbers VALUES (?, ?)", [(one, f"no. {one}") for one in numbers])
            [found] = run_checks(connection, [RULE])
            return found

    return run


def test_all_are_counted_and_a_few_are_shown(result):
    found = result(range(95))
    assert found.broken_rows == 90
    assert found.sample[0] == {"number": 0, "word": "no. 0"}
    assert len(found.sample) == 5


def test_the_same_rows_are_shown_in_whatever_order_a_table_has_them(result):
    assert result(range(95)).sample == result(reversed(range(95))).sample


def test_where_no_row_breaks_it_a_rule_holds(result):
    found = result(range(90, 95))
    assert (found.passed, found.sample) == (True, [])
