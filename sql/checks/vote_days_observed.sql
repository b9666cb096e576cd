-- error: a day of fact_vote_day is marked as observed if votes were observed on it, and only then
WITH observed AS (
    SELECT DISTINCT
        paper_key,
        CAST(observed_at AS DATE) AS date
    FROM fact_observation
    WHERE votes IS NOT NULL AND doubt IS NULL
)

SELECT
    paper.arxiv_id,
    day.date,
    day.votes,
    day.is_observed
FROM fact_vote_day AS day
INNER JOIN dim_paper AS paper
    ON day.paper_key = paper.paper_key
LEFT JOIN observed
    ON day.paper_key = observed.paper_key AND day.date = observed.date
WHERE day.is_observed <> (observed.paper_key IS NOT NULL)
