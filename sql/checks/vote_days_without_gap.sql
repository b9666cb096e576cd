-- error: fact_vote_day holds every day of a paper, from the first to the last on which its votes were observed
WITH observed AS (
    SELECT
        paper_key,
        CAST(min(observed_at) AS DATE) AS first_date,
        CAST(max(observed_at) AS DATE) AS last_date
    FROM fact_observation
    WHERE votes IS NOT NULL AND doubt IS NULL
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
    observed.first_date AS first_observed_on,
    observed.last_date AS last_observed_on,
    held.first_date,
    held.last_date,
    held.days
FROM observed
FULL JOIN held
    ON observed.paper_key = held.paper_key
LEFT JOIN dim_paper AS paper
    ON coalesce(observed.paper_key, held.paper_key) = paper.paper_key
WHERE
    observed.first_date IS DISTINCT FROM held.first_date
    OR observed.last_date IS DISTINCT FROM held.last_date
    OR held.days <> date_diff('day', held.first_date, held.last_date) + 1
