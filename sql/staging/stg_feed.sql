-- stg_feed: one row a paper, source and capture (its time and archive) of a feed.
-- A feed names no day of a list. So it only shows the votes of papers that a list names, in stg_observation. Its other
-- papers stay in the lake until a list names them.
WITH listed AS (
    SELECT DISTINCT
        arxiv_id,
        paper_key
    FROM stg_entry
)

SELECT
    listed.paper_key,
    CAST('0x' || substr(md5(entry.source), 1, 15) AS BIGINT) AS source_key,
    CAST('0x' || substr(md5(entry.archive), 1, 15) AS BIGINT) AS archive_key,
    entry.source,
    entry.captured_at,
    entry.archive,
    entry.arxiv_id,
    entry.rank,
    entry.votes,
    entry.comments,
    entry.github_stars
FROM lake_entry AS entry
INNER JOIN lake_source AS source
    ON entry.source = source.source AND source.lists_papers AND NOT source.names_days
INNER JOIN listed
    ON entry.arxiv_id = listed.arxiv_id
