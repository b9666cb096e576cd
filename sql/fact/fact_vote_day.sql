-- fact_vote_day: one row a paper and day, from the first to the last day on which its votes were observed.
-- A day holds the last votes known by its end, from any source. Days between two observations carry the earlier one
-- forward.
WITH observation AS (
    SELECT
        paper_key,
        CAST(observed_at AS DATE) AS date,
        votes
    FROM fact_observation
    WHERE is_on_curve
    QUALIFY row_number() OVER (PARTITION BY paper_key, CAST(observed_at AS DATE) ORDER BY observed_at DESC) = 1
),

stretch AS (
    SELECT
        paper_key,
        date,
        votes,
        date_diff('day', date, lead(date) OVER (PARTITION BY paper_key ORDER BY date)) - 1 AS carried_days
    FROM observation
),

-- Each stretch makes its own days; after the last observation it is that day alone. (A join of stretches with
-- calendar days by a range would compare each with each on an engine that has no join for ranges.)
day AS (
    SELECT
        stretch.paper_key,
        CAST(stretch.date + CAST(later.days AS INTEGER) AS DATE) AS date,
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
