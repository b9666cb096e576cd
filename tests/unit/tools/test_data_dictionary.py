"""The page can be read, whatever a warehouse's comments and rules hold."""

import re

import duckdb
import pytest

from tools.data_dictionary import describe_warehouse


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        opened.execute(
            """
            CREATE TABLE dim_one (one_key BIGINT PRIMARY KEY, name VARCHAR NOT NULL UNIQUE, parts DECIMAL(9, 2)[]);
            CREATE TABLE fact_two (
                one_key BIGINT NOT NULL REFERENCES dim_one (one_key),
                other_key BIGINT REFERENCES dim_one (one_key),
                place INTEGER CHECK (place || '' <> '0'),
                PRIMARY KEY (one_key, place),
                CHECK (one_key <> other_key)
            );
            COMMENT ON TABLE fact_two IS 'Either a|b or `c|d`, never <i>. Grain: one x place.';
            COMMENT ON COLUMN fact_two.place IS 'A
            *place* worth $1 or $2';
            CREATE TABLE odd_three (a INTEGER);
            CREATE MACRO twice(word, times) AS TABLE SELECT word FROM range(times);
            CREATE MACRO half(number) AS number / 2;
            COMMENT ON MACRO TABLE twice IS 'Says it again';
            """
        )
        yield opened


@pytest.fixture
def page(connection):
    return describe_warehouse(connection)


def test_every_row_of_a_table_has_as_many_cells_as_its_head(page):
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table


def test_a_table_does_not_touch_what_stands_around_it(page):
    assert not re.findall(r"^[^|\n].*\n\||^\|.*\n[^|\n]", page, re.MULTILINE)


def test_pipes_marks_and_line_breaks_stay_what_they_are(page):
    assert r"| one x place | Either a\|b or `c\|d`, never &lt;i>. |" in page
    assert r"| A \*place\* worth \$1 or \$2 |" in page
    assert r"(place \|\| '') != '0'" in page.replace("<>", "!=")


def test_rules_stand_with_their_columns(page):
    assert "| `one_key` | BIGINT | no | primary key |" in page
    assert "| `name` | VARCHAR | no | unique |" in page
    assert "| `one_key` | BIGINT | no | part of the key, references [`dim_one`](#dim_one) |" in page
    assert "| `other_key` | BIGINT | yes | references [`dim_one`](#dim_one) |" in page
    assert "Across columns:\n\n- `one_key " in page


def test_the_diagram_has_what_references_and_what_is_referenced(page):
    diagram = page.partition("```mermaid\n")[2].partition("```")[0]
    assert '    dim_one ||--o{ fact_two : "one_key"\n' in diagram
    assert '    dim_one |o--o{ fact_two : "other_key"\n' in diagram
    assert "        BIGINT one_key PK, FK\n" in diagram
    assert "odd_three" not in diagram


def test_macros_and_tables_of_no_known_layer_are_there(page):
    assert "`FROM twice(word, times)`: Says it again\n" in page
    assert "`SELECT half(number)`\n" in page
    assert "### odd_three" in page


def test_the_order_in_which_tables_were_made_does_not_matter(connection, page):
    connection.execute("DROP TABLE odd_three; CREATE TABLE odd_three (a INTEGER)")
    assert describe_warehouse(connection) == page
