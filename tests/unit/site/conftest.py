"""A published file written by hand: two papers of two sources, with all that belongs to them."""

import shutil

import duckdb
import pytest

from dagster_project.models.catalog import load_macros
from dagster_project.models.contract import list_comments, load_contract
from dagster_project.models.engines.duckdb_engine import create_macros, create_tables

ROWS = """
INSERT INTO dim_date SELECT
    date, year(date), quarter(date), month(date), monthname(date), date_trunc('month', date), isoyear(date), week(date),
    isodow(date), dayname(date), isodow(date) > 5
FROM (SELECT CAST(unnest(generate_series(DATE '2025-01-06', DATE '2025-01-09', INTERVAL 1 DAY)) AS DATE) AS date);
INSERT INTO dim_source VALUES
    (1, 'huggingface', 'The API', 1, 'none named', TRUE, TRUE, TRUE, TRUE),
    (2, 'digest', 'Digests', 2, 'CC BY-NC-ND', FALSE, FALSE, TRUE, TRUE),
    (3, 'arxiv', 'Metadata', 3, 'CC0', TRUE, TRUE, FALSE, FALSE);
INSERT INTO dim_archive BY NAME SELECT
    1 AS archive_key, 'own' AS archive, 2 AS captures, 2 AS papers, 0 AS unlisted_papers;
INSERT INTO dim_archive BY NAME SELECT
    2 AS archive_key, 'elsewhere' AS archive, 'file:///home/maker_of_it/of ours/elsewhere.bundle' AS url,
    'digest' AS format, 'MIT' AS licence, 1 AS captures, 1 AS papers, 0 AS unlisted_papers;
INSERT INTO dim_organization VALUES (1, 'lab', 'The Lab', 'lab'), (2, 'firm', NULL, 'firm');
INSERT INTO dim_keyword VALUES (1, 'agents', 'agents'), (2, 'vision', 'vision');
INSERT INTO dim_paper BY NAME SELECT
    paper_key, arxiv_id, title, DATE '2025-01-06' AS first_listed_on, DATE '2025-01-07' AS last_listed_on,
    2 AS listing_count, 1 AS author_count, votes AS latest_votes, TIMESTAMP '2025-01-07' AS votes_seen_at,
    votes AS peak_votes, 'https://arxiv.org/abs/' || arxiv_id AS arxiv_url,
    'https://arxiv.org/pdf/' || arxiv_id AS pdf_url, 'https://huggingface.co/papers/' || arxiv_id AS page_url,
    1 AS organization_key, TRUE AS is_still_listed, FALSE AS authors_truncated
FROM (VALUES (11, '2501.00001', 'A first title', 10), (12, '2501.00002', 'A second title', 20))
    AS papers (paper_key, arxiv_id, title, votes);
INSERT INTO dim_paper_version SELECT paper_key, 1, title, TIMESTAMP '2025-01-06', NULL, TRUE FROM dim_paper;
INSERT INTO dim_author VALUES
    (21, 'Ada Lovelace', 'ada lovelace', NULL, DATE '2025-01-06', DATE '2025-01-07', 2),
    (22, 'Emil Post', 'emil post', 'emil', DATE '2025-01-06', DATE '2025-01-06', 1);
INSERT INTO bridge_paper_author VALUES
    (11, 21, 1, TRUE, TRUE, 1.0, 'Ada Lovelace', NULL, 'Analytical Society'),
    (12, 21, NULL, NULL, NULL, 1.0, 'A. Lovelace', FALSE, NULL);
INSERT INTO dim_category VALUES (31, 'cs.CL', 'Computation and Language', 'cs', 'Computer Science');
INSERT INTO bridge_paper_category VALUES (11, 31, TRUE);
INSERT INTO bridge_paper_keyword VALUES (11, 1), (12, 2);
INSERT INTO fact_listing SELECT paper_key, 1, DATE '2025-01-06', paper_key - 10, 3, TRUE FROM dim_paper;
INSERT INTO fact_listing SELECT paper_key, 2, DATE '2025-01-07', paper_key - 10, NULL, TRUE FROM dim_paper;
INSERT INTO fact_vote SELECT
    paper_key, 1, TIMESTAMP '2025-01-06 12:00:00', DATE '2025-01-06', 3, NULL, NULL, NULL, 1
FROM dim_paper;
INSERT INTO fact_vote SELECT paper_key, 1, TIMESTAMP '2025-01-07', NULL, latest_votes, 7, 1, NULL, 1 FROM dim_paper;
INSERT INTO fact_section VALUES
    (11, 1, DATE '2025-01-06', 1, NULL, NULL, 'A text of the API.', 'en'),
    (11, 2, DATE '2025-01-07', 1, 'Results', '결과', '요약한 글입니다.', 'ko');
INSERT INTO mart_paper BY NAME SELECT
    paper_key, arxiv_id, title, first_listed_on, last_listed_on, listing_count, author_count, latest_votes,
    votes_seen_at, peak_votes, arxiv_url, page_url, is_still_listed, 'digest, huggingface' AS listed_by
FROM dim_paper;
INSERT INTO mart_coverage BY NAME SELECT
    'digest' AS source, date, 'published' AS status, 2 AS papers, 1 AS captures, 0 AS rejects, 1 AS attempts,
    '[Errno 5] Input/output error: ''/home/maker_of_it/digests/06.md''' AS last_reason, is_weekend
FROM dim_date;
INSERT INTO mart_author_cohort VALUES (DATE '2025-01-01', DATE '2025-01-01', 0, 2, 1, 2);
INSERT INTO meta_fetch BY NAME SELECT
    'digest' AS source, date, 0 AS page, 'file:///home/maker_of_it/digests/06.md' AS url,
    TIMESTAMP '2025-01-07' AS fetched_at, TIMESTAMP '2025-01-07' AS captured_at, 'measured' AS time_basis,
    'own' AS archive, 'fetched' AS outcome
FROM dim_date;
INSERT INTO meta_fetch BY NAME SELECT
    'arxiv' AS source, DATE '2025-01-07' AS date, 0 AS page, 'https://export.arxiv.org/api/query' AS url,
    TIMESTAMP '2025-01-07' AS fetched_at, TIMESTAMP '2025-01-07' AS captured_at, 'measured' AS time_basis,
    'own' AS archive, 1 AS items, 'fetched' AS outcome;
INSERT INTO meta_reject BY NAME SELECT
    source, DATE '2025-01-07' AS date, TIMESTAMP '2025-01-07' AS captured_at,
    captured_at AS last_captured_at, 'own' AS archive, 'line' AS rule,
    'not a paper' AS reason, '거절된 글 ' || source AS raw
FROM dim_source WHERE lists_papers;
INSERT INTO search_paper SELECT paper_key - 10, paper_key, first_listed_on FROM dim_paper;
INSERT INTO search_field VALUES ('title', 4, 13.0);
INSERT INTO search_term SELECT hash(paper_number) // 16, paper_number, 1.5 FROM search_paper;
INSERT INTO meta_release VALUES
    ('20250110T000000-aaaaaaaa', TIMESTAMP '2025-01-10', 'aaaaaaaa', 'real', '0.1.0', '1.5.6');
INSERT INTO meta_check VALUES ('no_row_twice', 'no row stands twice', 'error', TRUE, 0, NULL);
"""


@pytest.fixture(scope="session")
def release(tmp_path_factory):
    """A published file: to read, or to change a copy of it."""
    path = tmp_path_factory.mktemp("release") / "papers.duckdb"
    with duckdb.connect(path, config={"storage_compatibility_version": "v1.0.0"}) as connection:
        contract = load_contract()
        connection.begin()
        create_tables(connection, contract, "none")
        create_macros(connection, load_macros())
        connection.execute(ROWS)
        for table in contract:
            for comment in list_comments(table):
                connection.execute(comment)
        connection.commit()
    return path


def change_release(release, path, *changes):
    """Copy a published file, change the copy by SQL, and return its path."""
    shutil.copyfile(release, path)
    with duckdb.connect(path) as connection:
        for change in changes:
            connection.execute(change)
    return path
