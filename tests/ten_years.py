"""Warehouses of ten years. `ten_years` makes one of invented rows: only what the dashboard's queries read.

It has 40 papers on each of 2,600 working days, eight names a paper, and for each paper an observation every six hours
for two weeks.
"""

import duckdb

from dagster_project.models.contract import load_contract
from dagster_project.models.engines.duckdb_engine import create_tables

ROWS = """
CREATE TEMP TABLE paper AS
SELECT
    row_number() OVER () AS paper_key,
    strftime(day.date, '%y%m') || '.' || format('{:05d}', number + 40 * day(day.date)) AS arxiv_id,
    format('A title about as long as titles are, of what somebody found out on a day: {:05d}', number * 577) AS title,
    day.date AS first_listed_on,
    CAST(hash(day.date, number) % 300 AS INTEGER) AS latest_votes,
    'https://huggingface.co/papers/x' AS page_url,
    'https://arxiv.org/abs/x' AS arxiv_url,
    'Ada Lovelace' AS first_author,
    8 AS author_count,
    'cs.' || string_split('CV CV CV CV CV CV CL CL CL CL CL LG LG LG AI AI RO SD IR SE', ' ')[
        1 + CAST(hash(day.date, number, 'subject') % 20 AS INTEGER)
    ] AS primary_category,
    format('organisation-{:03d}', hash(number, day.date) % 500) AS organization,
    format('An Organisation of Number {:03d}', hash(number, day.date) % 500) AS organization_full_name
FROM (SELECT unnest(generate_series(DATE '2016-01-04', DATE '2025-12-31', INTERVAL 1 DAY))::DATE AS date) AS day
CROSS JOIN range(1, 41) AS numbers (number)
WHERE isodow(day.date) < 6;

INSERT INTO mart_paper BY NAME SELECT * FROM paper;

INSERT INTO dim_paper BY NAME
SELECT paper_key, arxiv_id, title, first_listed_on, latest_votes, primary_category FROM paper;

INSERT INTO dim_category BY NAME
SELECT DISTINCT primary_category AS category, 'A Subject Called ' || primary_category AS name FROM paper;

INSERT INTO mart_category BY NAME
SELECT primary_category AS category, 'A Subject Called ' || primary_category AS name, count(*) AS primary_papers
FROM paper GROUP BY primary_category;

INSERT INTO bridge_paper_author BY NAME
SELECT paper_key, CAST(hash(paper_key, number) % 200000 AS BIGINT) AS author_key
FROM paper CROSS JOIN range(8) AS numbers (number);

INSERT INTO mart_author BY NAME
SELECT author_key, format('Somebody Called {:06d}', author_key) AS name, min(first_listed_on) AS first_listed_on
FROM bridge_paper_author JOIN paper USING (paper_key) GROUP BY author_key;

INSERT INTO fact_observation BY NAME
SELECT
    paper_key,
    1 AS source_key,
    first_listed_on AS listed_on,
    CAST(first_listed_on AS TIMESTAMP) + to_hours(CAST(6 * number AS INTEGER)) AS observed_at,
    CAST(latest_votes * number / 56 AS INTEGER) AS votes
FROM paper CROSS JOIN range(1, 57) AS numbers (number);

INSERT INTO mart_vote_velocity BY NAME
SELECT paper_key, min(votes) AS first_votes, count(*) AS observations
FROM fact_observation GROUP BY paper_key;

INSERT INTO mart_keyword_month BY NAME
SELECT
    month,
    number AS keyword_key,
    format('a keyword of number {}', number) AS keyword,
    CAST(1 + hash(month, number) % 200 AS INTEGER) AS papers,
    800 AS month_papers
FROM (SELECT DISTINCT CAST(date_trunc('month', first_listed_on) AS DATE) AS month FROM paper)
CROSS JOIN range(500) AS numbers (number);

INSERT INTO dim_source BY NAME
SELECT source, 'A list of papers' AS description
FROM (VALUES ('digest'), ('huggingface')) AS sources (source);

INSERT INTO mart_coverage BY NAME
SELECT
    source,
    CAST(date AS DATE) AS date,
    CASE WHEN isodow(date) < 6 THEN 'published' ELSE 'missing' END AS status,
    40 AS papers,
    0 AS rejects,
    isodow(date) > 5 AS is_weekend
FROM generate_series(DATE '2016-01-04', DATE '2025-12-31', INTERVAL 1 DAY) AS days (date)
CROSS JOIN dim_source;

INSERT INTO meta_release BY NAME
SELECT '20260101T000000-00000000' AS release_id, TIMESTAMP '2026-01-01' AS built_at, 'real' AS contents;
"""


def ten_years():
    """Return a connection to the warehouse, in memory."""
    connection = duckdb.connect()
    for table in load_contract():
        listing = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
        connection.execute(f"CREATE TABLE {table.name} ({listing})")
    connection.execute(ROWS)
    return connection


ONCE = ("dim_archive", "dim_date", "dim_source", "meta_check", "meta_release", "search_field")
"""Tables that do not grow with the number of papers."""
ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def multiply_release(release, path, copies):
    """Write a published file with as many copies of each paper, and of all that belongs to it; return its path.

    Each copy has keys of its own, and other letters in its texts, so that they compress no better than new texts.
    """
    with duckdb.connect(path, config={"storage_compatibility_version": "v1.0.0"}) as connection:
        connection.execute(f"ATTACH '{release}' AS release (READ_ONLY)")
        create_tables(connection, load_contract(), "none")
        [(papers,)] = connection.execute("SELECT count(*) FROM release.search_paper").fetchall()
        for table in load_contract():
            connection.begin()
            for copy in range(1 if table.name in ONCE else copies):
                listing = ", ".join(write_copy(column, copy, papers) for column in table.columns)
                connection.execute(f"INSERT INTO {table.name} SELECT {listing} FROM release.{table.name}")
            connection.commit()
        connection.execute(
            "CREATE OR REPLACE TABLE search_term AS FROM search_term ORDER BY term_key, paper_number; CHECKPOINT"
        )
    return path


def write_copy(column, copy, papers):
    """Return the expression of a column's values in a copy; the first copy is the original."""
    if copy and column.name == "paper_number":
        return f"paper_number + {copy * papers}"
    if (
        copy
        and column.type == "BIGINT"
        and "_key" in column.name
        and not column.name.startswith(("sour", "arch", "term"))
    ):
        return f'CAST(hash("{column.name}", {copy}) >> 4 AS BIGINT)'
    if copy and column.name in ("title", "abstract", "text", "name", "name_normalized", "keyword", "ai_summary"):
        turned = ALPHABET[copy % 26 :] + ALPHABET[: copy % 26]
        return f"""translate("{column.name}", '{ALPHABET}', '{turned}')"""
    return f'"{column.name}"'
