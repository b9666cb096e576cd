-- error: a day of fact_vote_day is marked as observed when its votes were seen on it, and only then
WITH seen AS (
    SELECT DISTINCT
        paper_key,
        seen_on
    FROM stg_observation
    WHERE votes IS NOT NULL
)

SELECT
    paper.arxiv_id,
    day.date,
    day.votes,
    day.is_observed
FROM fact_vote_day AS day
INNER JOIN dim_paper AS paper
    ON day.paper_key = paper.paper_key
LEFT JOIN seen
    ON day.paper_key = seen.paper_key AND day.date = seen.seen_on
WHERE day.is_observed <> (seen.paper_key IS NOT NULL)
