-- warn: a paper that the newest capture of its day no longer lists, while the next days list it
WITH last_seen AS (
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
),

gone AS (
    SELECT
        paper_key,
        source_key,
        listed_on,
        observed_at
    FROM last_seen
    QUALIFY observed_at < max(observed_at) OVER (PARTITION BY source_key, listed_on)
)

SELECT
    paper.arxiv_id,
    source.source,
    gone.listed_on,
    gone.observed_at AS last_seen_at,
    min(later.listed_on) AS moved_to
FROM gone
INNER JOIN fact_listing AS later
    ON
        gone.paper_key = later.paper_key
        AND gone.source_key = later.source_key
        AND gone.listed_on < later.listed_on
        AND gone.listed_on + INTERVAL 7 DAY >= later.listed_on
INNER JOIN dim_paper AS paper
    ON gone.paper_key = paper.paper_key
INNER JOIN dim_source AS source
    ON gone.source_key = source.source_key
GROUP BY
    paper.arxiv_id,
    source.source,
    gone.listed_on,
    gone.observed_at
