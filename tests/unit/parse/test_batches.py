"""The parsers on batches: the same rows as day by day, in the tables that they belong to."""

import datetime as dt

import pyarrow as pa
import pytest
from dagster_project.parse.batches import (
    ANSWERS,
    COLUMNS,
    ROWS,
    TABLES,
    answers_of,
    parse_batches,
    to_batches,
    to_tables,
)
from dagster_project.validate.part import SCHEMAS

from dagster_project.parse.day import Version, parse_day
from dagster_project.parse.rows import Parsed

DAY, NEXT_DAY = dt.date(2024, 3, 1), dt.date(2024, 3, 4)
DIGEST = b"""## Daily Papers (2024-03-01)

no paper

### [A title](https://arxiv.org/abs/2403.00001)

Vote: 7

Authors: Ada Kim, Bo Lee

- a line of its summary
"""


@pytest.fixture
def days():
    """Two days of digests, one of them written twice."""
    times = [dt.datetime(2024, 3, 1, 23), dt.datetime(2024, 3, 1, 23, 30), dt.datetime(2024, 3, 4, 23)]
    again = DIGEST.replace(b"7", b"9")
    return {
        DAY: [Version(times[0], [DIGEST]), Version(times[1], [again])],
        NEXT_DAY: [Version(times[2], [DIGEST.replace(b"00001", b"00002")])],
    }


@pytest.fixture
def parsed(days):
    rows = Parsed()
    for day, versions in days.items():
        rows.extend(parse_day("digest", day, versions))
    return rows


def rows_of(tables):
    return {table: [tuple(row.values()) for row in found.to_pylist()] for table, found in tables.items()}


def test_batches_hold_the_rows_that_days_are_read_into(days, parsed):
    found = rows_of(to_tables(parse_batches([answers_of("digest", days)])))
    assert found == {table: list(map(tuple, getattr(parsed, table))) for table in TABLES}
    assert found["entry"]
    assert found["reject"]


def test_it_does_not_matter_how_days_are_batched(days):
    together = list(parse_batches([answers_of("digest", days)]))
    apart = list(parse_batches(answers_of("digest", {day: versions}) for day, versions in days.items()))
    assert len(apart) > len(together)
    assert rows_of(to_tables(apart)) == rows_of(to_tables(together))


def test_rows_of_several_tables_in_a_batch_find_their_tables(days, parsed):
    whole = pa.Table.from_batches(parse_batches([answers_of("digest", days)])).combine_chunks()
    assert rows_of(to_tables(whole.to_batches())) == rows_of(to_tables(to_batches(parsed)))


def test_what_goes_in_and_comes_out_is_as_its_schema_says(days):
    answers = answers_of("digest", days)
    assert answers.schema == ANSWERS
    assert {batch.schema for batch in parse_batches([answers])} == {ROWS}


def test_nothing_makes_empty_tables():
    tables = to_tables(parse_batches([answers_of("digest", {})]))
    assert {name: table.num_rows for name, table in tables.items()} == dict.fromkeys(TABLES, 0)


def test_tables_are_those_of_the_lake():
    assert set(TABLES) == set(SCHEMAS)
    for table, schema in SCHEMAS.items():
        assert set(schema.column_names()) <= set(COLUMNS[table])
