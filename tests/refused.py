"""Statements that no surface which reads a release may run: a shared list, so that each is held to the same.

`{release}` stands for the folder of the release in use, `{folder}` for another one, whose `secret.txt` holds `HIDDEN`.
Afterwards both folders must be as they were.
"""

HIDDEN = "a text that no answer may hold"

LOG = "(FORMAT blob, USE_TMP_FILE false)"
"""How DuckDB writes bytes as they are; even without access to files it may write those beside its own database."""

NOT_QUERIES = [
    f"COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal' {LOG}",
    f"COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal.recovery' {LOG}",
    f"COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal.checkpoint' {LOG}",
    f"COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb' {LOG}",
    f"EXPLAIN ANALYZE COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal' {LOG}",
    f"EXPLAIN (ANALYZE) COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal' {LOG}",
    f"explain/**/analyze/**/copy (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal' {LOG}",
    f"SELECT 1; COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal' {LOG}",
    f"/* SELECT */ COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal' {LOG}",
    f"EXPLAIN /* */ ANALYZE COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal' {LOG}",
    f"/* /* */ EXPLAIN SELECT 1 -- */ EXPLAIN ANALYZE COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal' {LOG}",
    f"-- \rEXPLAIN ANALYZE COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal' {LOG} --\nEXPLAIN SELECT 1",
    f"EXPLAIN (ANALYZE, FORMAT ')SELECT 1 --') COPY (SELECT 'x'::BLOB) TO '{{release}}/papers.duckdb.wal' {LOG}",
    "COPY mart_paper TO '{folder}/papers.csv'",
    "COPY dim_source FROM '{folder}/source.csv'",
    "COPY FROM DATABASE papers TO memory",
    "EXPLAIN ANALYZE INSERT INTO dim_source SELECT * FROM dim_source",
    "EXPLAIN ANALYZE CREATE TABLE mine AS SELECT 1 AS i",
    "EXPLAIN CALL pragma_version()",
    "EXPORT DATABASE '{folder}/export'",
    "IMPORT DATABASE '{folder}'",
    "ATTACH '{folder}/mine.db'",
    "DETACH papers",
    "USE memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 1",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET threads",
    "PRAGMA threads = 1",
    "PRAGMA enable_profiling",
    "CALL pragma_version()",
    "CREATE TABLE mine (i INT)",
    "CREATE TEMP TABLE mine AS SELECT 1 AS i",
    "CREATE OR REPLACE VIEW mart_paper AS SELECT 1 AS i",
    "CREATE MACRO mine() AS 1",
    "CREATE SECRET (TYPE s3)",
    "INSERT INTO dim_source SELECT * FROM dim_source",
    "UPDATE dim_paper SET title = ''",
    "DELETE FROM dim_paper",
    "MERGE INTO dim_source USING dim_source AS other ON dim_source.source = other.source WHEN MATCHED THEN DELETE",
    "TRUNCATE dim_paper",
    "ALTER TABLE dim_paper ADD COLUMN mine INT",
    "DROP TABLE mart_paper",
    "COMMENT ON TABLE dim_paper IS 'mine'",
    "VACUUM",
    "ANALYZE",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "BEGIN",
    "COMMIT",
    "PREPARE mine AS DELETE FROM dim_paper",
    "EXECUTE mine",
    "SELECT 1; DROP TABLE mart_paper",
    "",
    "-- nothing",
]
"""Refused by their type, before anything runs."""

REACH_OUT = [
    "SELECT * FROM read_text('{folder}/secret.txt')",
    "SELECT * FROM read_csv('{folder}/secret.txt')",
    "SELECT * FROM '{folder}/secret.csv'",
    "SELECT * FROM glob('{folder}/*')",
    "EXPLAIN ANALYZE SELECT * FROM read_text('{folder}/secret.txt')",
    "SUMMARIZE SELECT * FROM read_csv('{folder}/secret.txt')",
    "SELECT * FROM query('SELECT * FROM read_text(''{folder}/secret.txt'')')",
    "SELECT * FROM read_csv('https://elsewhere.example/a.csv')",
]
"""Queries that DuckDB refuses, since the connection has no access to files and the network."""

REFUSED = NOT_QUERIES + REACH_OUT

SEVERAL = "SELECT 1; SELECT 2"
"""Two queries. SQL Lab of Superset takes a text apart and asks them one after the other; others refuse them."""

ANSWERED = [
    "SELECT count(*) AS papers FROM mart_paper",
    "FROM mart_paper LIMIT 1",
    "WITH papers AS (FROM mart_paper) SELECT count(*) AS papers FROM papers",
    "/* a comment */ SELECT 1 AS one; -- and another",
    "DESCRIBE mart_paper",
    "SHOW TABLES",
    "SUMMARIZE dim_source",
    "EXPLAIN SELECT count(*) AS papers FROM mart_paper",
    "EXPLAIN ANALYZE SELECT count(*) AS papers FROM mart_paper",
    "SELECT 'COPY x TO y; DROP TABLE mart_paper' AS text",
]
"""Statements that each surface answers."""


def list_files(*folders):
    """Return the bytes of all files in some folders, by path: what must be the same before and after."""
    return {file: file.read_bytes() for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()}
