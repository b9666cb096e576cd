-- error: fact_vote_day holds every day of a paper, from the first to the last on which its votes were seen
WITH seen AS (
    SELECT
        paper_key,
        min(seen_on) AS first_date,
        max(seen_on) AS last_date
    FROM stg_observation
    WHERE votes IS NOT NULL
    GROUP BY paper_key
),

held AS (
    SELECT
        paper_key,
        min(date) AS first_date,
        max(date) AS last_date,
        count(*) AS days
    FROM fact_vote_day
    GROUP BY paper_key
)

SELECT
    paper.arxiv_id,
    seen.first_date AS first_seen_on,
    seen.last_date AS last_seen_on,
    held.first_date,
    held.last_date,
    held.days
FROM seen
FULL JOIN held
    ON seen.paper_key = held.paper_key
LEFT JOIN dim_paper AS paper
    ON coalesce(seen.paper_key, held.paper_key) = paper.paper_key
WHERE
    seen.first_date IS DISTINCT FROM held.first_date
    OR seen.last_date IS DISTINCT FROM held.last_date
    OR held.days <> date_diff('day', held.first_date, held.last_date) + 1
