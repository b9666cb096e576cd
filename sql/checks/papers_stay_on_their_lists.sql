-- warn: a paper that the newest capture of its day no longer lists, while the next days list it
WITH newest AS (
    SELECT
        source_key,
        listed_on,
        max(observed_at) AS observed_at
    FROM fact_observation
    WHERE doubt IS NULL
    GROUP BY
        source_key,
        listed_on
),

last_seen AS (
    SELECT
        paper_key,
        source_key,
        listed_on,
        max(observed_at) AS observed_at
    FROM fact_observation
    WHERE doubt IS NULL
    GROUP BY
        paper_key,
        source_key,
        listed_on
)

SELECT
    paper.arxiv_id,
    source.source,
    last_seen.listed_on,
    last_seen.observed_at AS last_seen_at,
    min(later.listed_on) AS moved_to
FROM last_seen
INNER JOIN newest
    ON
        last_seen.source_key = newest.source_key
        AND last_seen.listed_on = newest.listed_on
        AND last_seen.observed_at < newest.observed_at
INNER JOIN fact_listing AS later
    ON
        last_seen.paper_key = later.paper_key
        AND last_seen.source_key = later.source_key
        AND last_seen.listed_on < later.listed_on
        AND last_seen.listed_on + INTERVAL 7 DAY >= later.listed_on
INNER JOIN dim_paper AS paper
    ON last_seen.paper_key = paper.paper_key
INNER JOIN dim_source AS source
    ON last_seen.source_key = source.source_key
GROUP BY
    paper.arxiv_id,
    source.source,
    last_seen.listed_on,
    last_seen.observed_at
