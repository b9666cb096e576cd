"""The page on the warehouse is what a published file says of itself."""

import re

from dagster_project.publish.reader import open_warehouse
from tools.data_dictionary import PAGE, describe_warehouse


def test_the_page_is_that_of_the_sample(built_sample):
    with open_warehouse(built_sample.warehouse) as connection:
        page = describe_warehouse(connection)
    assert PAGE.read_text(encoding="utf-8") == page, "run: uv run just docs"


def test_the_page_has_every_table_and_column(built_sample):
    page = PAGE.read_text(encoding="utf-8")
    for table, columns in built_sample.rows(
        "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE NOT internal GROUP BY ALL"
    ):
        section = page.partition(f"\n### {table}\n")[2].partition("\n### ")[0]
        for column in columns:
            assert f"\n| `{column}` | " in section, (table, column)


def test_every_query_of_the_page_runs_and_reads_each_row_once(built_sample):
    queries = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    of_the_page = ["fact_listing", "fact_vote", "dim_paper WHERE organization_key IS NOT NULL"]
    for query, rows in zip(queries, of_the_page, strict=True):
        assert len(built_sample.rows(query)) == built_sample.one(f"SELECT count(*) FROM {rows}") > 0
