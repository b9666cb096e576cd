"""A warehouse of ten years, made of invented rows: only what the dashboard's queries read.

It has 40 papers on each of 2,600 working days, eight names a paper, and for each paper an observation every six hours
for two weeks.
"""

import duckdb

from dagster_project.models.contract import load_contract

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
    format('organisation-{:03d}', hash(number, day.date) % 500) AS organization,
    format('An Organisation of Number {:03d}', hash(number, day.date) % 500) AS organization_full_name
FROM (SELECT unnest(generate_series(DATE '2016-01-04', DATE '2025-12-31', INTERVAL 1 DAY))::DATE AS date) AS day
CROSS JOIN range(1, 41) AS numbers (number)
WHERE isodow(day.date) < 6;

INSERT INTO mart_paper BY NAME SELECT * FROM paper;

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
