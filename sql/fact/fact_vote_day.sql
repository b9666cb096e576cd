-- fact_vote_day: one row a paper and day, from the first to the last day its votes were seen.
-- A day holds the last votes known by its end, of any source; days between two sights carry the earlier one forward.
WITH sight AS (
    SELECT
        paper_key,
        seen_on,
        votes
    FROM stg_observation
    WHERE votes IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY paper_key, seen_on
        ORDER BY seen_at DESC, CASE source WHEN 'huggingface' THEN 1 ELSE 2 END, listed_on DESC
    ) = 1
),

stretch AS (
    SELECT
        paper_key,
        seen_on,
        votes,
        coalesce(lead(seen_on) OVER (PARTITION BY paper_key ORDER BY seen_on) - 1, seen_on) AS carried_to
    FROM sight
)

SELECT
    stretch.paper_key,
    day.date,
    CAST(date_diff('day', paper.first_listed_on, day.date) AS INTEGER) AS days_since_listed,
    stretch.votes,
    day.date = stretch.seen_on AS is_observed
FROM stretch
INNER JOIN dim_date AS day
    ON day.date BETWEEN stretch.seen_on AND stretch.carried_to
INNER JOIN dim_paper AS paper
    ON stretch.paper_key = paper.paper_key
ORDER BY
    day.date,
    stretch.paper_key
