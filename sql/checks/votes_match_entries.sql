-- error: the votes of every entry, at every capture, are new observations, and nothing else is
WITH entry AS (
    SELECT
        paper_key,
        source_key,
        archive_key,
        listed_on,
        captured_at,
        votes
    FROM stg_entry
    UNION ALL
    SELECT
        paper_key,
        source_key,
        archive_key,
        CAST(NULL AS DATE) AS listed_on,
        captured_at,
        votes
    FROM stg_feed
),

observation AS (
    SELECT
        paper_key,
        source_key,
        archive_key,
        listed_on,
        observed_at AS captured_at,
        votes
    FROM fact_observation
    WHERE is_new
)

SELECT
    paper.arxiv_id,
    source.source,
    coalesce(entry.listed_on, observation.listed_on) AS listed_on,
    coalesce(entry.captured_at, observation.captured_at) AS captured_at,
    entry.votes AS votes_in_lake,
    observation.votes AS votes_in_fact
FROM entry
FULL JOIN observation
    ON
        entry.paper_key = observation.paper_key
        AND entry.source_key = observation.source_key
        AND entry.archive_key = observation.archive_key
        AND entry.listed_on IS NOT DISTINCT FROM observation.listed_on
        AND entry.captured_at = observation.captured_at
LEFT JOIN dim_paper AS paper
    ON coalesce(entry.paper_key, observation.paper_key) = paper.paper_key
LEFT JOIN dim_source AS source
    ON coalesce(entry.source_key, observation.source_key) = source.source_key
WHERE
    entry.paper_key IS NULL
    OR observation.paper_key IS NULL
    OR entry.votes IS DISTINCT FROM observation.votes
