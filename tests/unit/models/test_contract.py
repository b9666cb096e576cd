"""`sql/schema.sql` as the program reads it."""

import duckdb
import pytest

from dagster_project.errors import ModelError
from dagster_project.models.contract import (
    Column,
    ForeignKey,
    find_orphans,
    find_repeated_keys,
    list_comments,
    load_contract,
)

SCHEMA = """
-- About the file.

-- Days. Grain: day.
CREATE TABLE dim_day (
    day DATE PRIMARY KEY, -- The day's date
    kind VARCHAR NOT NULL CHECK (kind IN ('a, b', 'c')) -- It's one of two
);

-- Votes. Grain: day.
CREATE TABLE fact_vote (
    day DATE NOT NULL REFERENCES dim_day (day), -- Day
    votes INTEGER -- Votes; NULL is unknown
);
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "schema.sql").write_text(SCHEMA)
    return tmp_path


def test_comments_stand_beside_what_they_are_about(folder):
    days, votes = load_contract(folder)
    assert (days.name, days.comment) == ("dim_day", "Days. Grain: day.")
    assert days.columns[1] == Column("kind", "TEXT", "NOT NULL CHECK (kind IN ('a, b', 'c'))", "It's one of two")
    assert [column.comment for column in votes.columns] == ["Day", "Votes; NULL is unknown"]


def test_references_are_known(folder):
    days, votes = load_contract(folder)
    assert days.references == frozenset()
    assert votes.references == {"dim_day"}


def test_the_statements_make_the_tables_with_their_comments(folder):
    with duckdb.connect() as connection:
        for table in load_contract(folder):
            connection.execute(table.write_create())
            for statement in list_comments(table):
                connection.execute(statement)
        texts = connection.execute("SELECT comment FROM duckdb_columns() WHERE column_name = 'kind'").fetchall()
        assert texts == [("It's one of two",)]
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("INSERT INTO dim_day VALUES ('2025-01-01', 'd')")


KEYED = """
-- Days. Grain: day.
CREATE TABLE dim_day (
    day DATE PRIMARY KEY CHECK (day > DATE '2000-01-01'), -- Day
    name VARCHAR NOT NULL UNIQUE -- Name
);

-- Votes. Grain: day x place.
CREATE TABLE fact_vote (
    day DATE NOT NULL REFERENCES dim_day (day), -- Day
    place INTEGER NOT NULL, -- Place
    votes INTEGER CHECK (votes >= 0), -- Votes
    PRIMARY KEY (day, place)
);
"""


def list_rules(folder, keys):
    """Return the constraints of tables that are created with some keys."""
    (folder / "schema.sql").write_text(KEYED)
    with duckdb.connect() as connection:
        for table in load_contract(folder):
            connection.execute(table.write_create(keys))
        rules = "SELECT constraint_type, table_name, constraint_column_names FROM duckdb_constraints() ORDER BY ALL"
        return connection.execute(rules).fetchall()


def test_without_keys_a_table_keeps_its_other_rules(folder):
    assert list_rules(folder, "none") == [
        ("CHECK", "dim_day", ["day"]),
        ("CHECK", "fact_vote", ["votes"]),
        ("NOT NULL", "dim_day", ["day"]),
        ("NOT NULL", "dim_day", ["name"]),
        ("NOT NULL", "fact_vote", ["day"]),
        ("NOT NULL", "fact_vote", ["place"]),
    ]


def test_the_statement_with_keys_stays_as_it_is(folder):
    (folder / "schema.sql").write_text(KEYED)
    days, votes = load_contract(folder)
    assert "PRIMARY KEY" in days.write_create()
    assert "REFERENCES" in votes.write_create()


def test_with_primary_keys_alone_a_table_keeps_one_of_a_single_column(folder):
    rules = list_rules(folder, "primary")
    assert [rule for rule in rules if rule[0] not in ("CHECK", "NOT NULL")] == [("PRIMARY KEY", "dim_day", ["day"])]


def test_a_column_without_a_comment_is_named(folder):
    (folder / "schema.sql").write_text("-- T. Grain: row.\nCREATE TABLE t (\n a INTEGER, -- A\n b INTEGER\n);")
    with pytest.raises(ModelError, match="t has no comment on b"):
        load_contract(folder)


DECLARED = """
-- About the file,
-- in two lines.

-- Days, each with
-- a name. Grain: day.
CREATE TABLE dim_day (
    day DATE PRIMARY KEY, -- Day
    name VARCHAR NOT NULL UNIQUE, -- Name
    UNIQUE (name, day)
);

-- Votes. Key, proven by checks: day, place.
-- Grain: day x place.
CREATE TABLE fact_vote (
    day DATE REFERENCES dim_day (day), -- Day
    place INTEGER NOT NULL -- Place
);
"""


@pytest.fixture
def declared(tmp_path):
    (tmp_path / "schema.sql").write_text(DECLARED)
    return load_contract(tmp_path)


def test_a_comment_may_have_several_lines_and_ends_where_the_opening_of_the_file_does(declared):
    assert [table.comment for table in declared] == [
        "Days, each with a name. Grain: day.",
        "Votes. Key, proven by checks: day, place. Grain: day x place.",
    ]


def test_keys_are_those_of_constraints_and_those_that_a_comment_declares(declared):
    days, votes = declared
    assert set(days.keys) == {("day",), ("name",), ("name", "day")}
    assert votes.keys == (("day", "place"),)
    assert votes.foreign_keys == (ForeignKey("day", "dim_day", "day"),)


@pytest.fixture
def filled(declared):
    """Return a connection to the tables without their constraints, and rows that keep to these."""
    with duckdb.connect() as connection:
        for table in declared:
            connection.execute(table.write_create("none"))
        connection.execute("INSERT INTO dim_day VALUES ('2025-01-06', 'Monday'), ('2025-01-07', 'Tuesday')")
        connection.execute("INSERT INTO fact_vote VALUES ('2025-01-06', 1), ('2025-01-06', 2), (NULL, 1)")
        yield connection


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("INSERT INTO dim_day VALUES ('2025-01-06', 'Moonday')", [("dim_day", "2025-01-06", 2)]),
        ("INSERT INTO dim_day VALUES ('2025-01-08', 'Monday')", [("dim_day", "Monday", 2)]),
        ("INSERT INTO fact_vote VALUES ('2025-01-06', 2)", [("fact_vote", "2025-01-06 2", 2)]),
        ("INSERT INTO fact_vote VALUES (NULL, 1)", [("fact_vote", "1", 2)]),
        ("INSERT INTO fact_vote VALUES (NULL, 2)", []),
    ],
)
def test_rows_that_share_a_key_are_found(declared, filled, fault, found):
    query = find_repeated_keys(declared)
    assert filled.execute(query).fetchall() == []
    filled.execute(fault)
    assert filled.execute(query).fetchall() == found


def test_keys_that_point_at_no_row_are_found(declared, filled):
    query = find_orphans(declared)
    assert filled.execute(query).fetchall() == []
    filled.execute("INSERT INTO fact_vote VALUES ('2025-01-09', 1)")
    assert filled.execute(query).fetchall() == [("fact_vote.day", "2025-01-09")]


@pytest.mark.parametrize("reference", ["FOREIGN KEY (a) REFERENCES o (a)", "b INTEGER REFERENCES o (a, b) -- B"])
def test_a_foreign_key_stands_beside_its_column(folder, reference):
    (folder / "schema.sql").write_text(f"-- T. Grain: row.\nCREATE TABLE t (\n a INTEGER, -- A\n {reference}\n);")
    with pytest.raises(ModelError, match="t: REFERENCES must stand beside its column"):
        load_contract(folder)
