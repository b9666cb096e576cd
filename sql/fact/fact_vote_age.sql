-- fact_vote_age: one row a paper and age (6, 12, 24, 48, 72, 168 and 336 hours) between its observations.
-- The age counts from its submission where that is known, elsewhere from 00:00 UTC of the first day listed. Between two
-- observations votes are taken to grow evenly. Before the first and after the last, nothing is assumed.
WITH observation AS (
    SELECT
        paper_key,
        observed_at,
        CAST(votes AS BIGINT) AS votes,
        coalesce(hours_since_submitted, hours_since_listed) AS age
    FROM fact_observation
    WHERE is_on_curve
),

-- Each observation with the next one.
step AS (
    SELECT
        paper_key,
        votes,
        age,
        lead(votes) OVER (PARTITION BY paper_key ORDER BY observed_at) AS next_votes,
        lead(age) OVER (PARTITION BY paper_key ORDER BY observed_at) AS next_age
    FROM observation
),

mark AS (
    SELECT CAST(marks.hours AS INTEGER) AS hours
    FROM (VALUES (6), (12), (24), (48), (72), (168), (336)) AS marks (hours)
),

marked AS (
    SELECT
        step.paper_key,
        mark.hours AS age_hours,
        CASE
            WHEN step.age = mark.hours THEN CAST(step.votes AS DOUBLE)
            ELSE step.votes + (step.next_votes - step.votes) * (mark.hours - step.age) / (step.next_age - step.age)
        END AS votes,
        CASE WHEN step.age = mark.hours THEN CAST(0 AS DOUBLE) ELSE step.next_age - step.age END AS gap_hours
    FROM step
    INNER JOIN mark
        ON step.age <= mark.hours AND (step.age = mark.hours OR step.next_age > mark.hours)
)

SELECT
    paper_key,
    age_hours,
    votes,
    gap_hours > 0 AS is_interpolated,
    gap_hours,
    gap_hours <= 2 * age_hours AS is_narrow
FROM marked
ORDER BY
    paper_key,
    age_hours
