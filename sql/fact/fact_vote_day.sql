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
        date_diff('day', seen_on, lead(seen_on) OVER (PARTITION BY paper_key ORDER BY seen_on)) - 1 AS carried_days
    FROM sight
),

-- Each day is made from its stretch, which after the last sight is that day alone. (Looked up in the calendar by a
-- range, every stretch would meet every day on an engine that has no join for ranges.)
day AS (
    SELECT
        stretch.paper_key,
        CAST(stretch.seen_on + CAST(later.days AS INTEGER) AS DATE) AS date,
        stretch.votes,
        later.days = 0 AS is_observed
    FROM stretch
    CROSS JOIN unnest(generate_series(0, greatest(0, stretch.carried_days))) AS later (days)
)

SELECT
    day.paper_key,
    day.date,
    CAST(date_diff('day', paper.first_listed_on, day.date) AS INTEGER) AS days_since_listed,
    day.votes,
    day.is_observed
FROM day
INNER JOIN dim_paper AS paper
    ON day.paper_key = paper.paper_key
ORDER BY
    day.date,
    day.paper_key
