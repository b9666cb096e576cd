-- mart_vote_velocity: one row a paper whose votes were ever observed, with how fast they came.
-- Between two observations votes are taken to grow evenly. Before the first and after the last, nothing is assumed.
WITH observation AS (
    SELECT
        paper_key,
        observed_at,
        CAST(votes AS BIGINT) AS votes,
        coalesce(hours_since_submitted, hours_since_listed) AS age,
        hours_since_submitted IS NOT NULL AS is_counted_from_submission
    FROM fact_observation
    WHERE is_on_curve
),

summed AS (
    SELECT
        paper_key,
        count(*) AS observations,
        min(observed_at) AS first_observed_at,
        max(observed_at) AS last_observed_at,
        min_by(votes, observed_at) AS first_votes,
        max_by(votes, observed_at) AS last_votes,
        max(votes) AS peak_votes,
        max(age) - min(age) AS observed_hours,
        bool_and(is_counted_from_submission) AS is_counted_from_submission
    FROM observation
    GROUP BY paper_key
),

peak AS (
    SELECT
        observation.paper_key,
        min(observation.age) AS hours_to_peak
    FROM observation
    INNER JOIN summed
        ON observation.paper_key = summed.paper_key AND observation.votes = summed.peak_votes
    GROUP BY observation.paper_key
),

-- Each observation with the next one; ages are in hours.
step AS (
    SELECT
        paper_key,
        observed_at,
        votes,
        age,
        lead(votes) OVER in_time AS next_votes,
        lead(age) OVER in_time AS next_age
    FROM observation
    WINDOW in_time AS (PARTITION BY paper_key ORDER BY observed_at)
),

at_age AS (
    SELECT
        paper_key,
        max(CASE WHEN age_hours = 24 THEN votes END) AS votes_24h,
        bool_or(CASE WHEN age_hours = 24 THEN is_interpolated END) AS is_interpolated_24h,
        max(CASE WHEN age_hours = 24 THEN gap_hours END) AS gap_hours_24h,
        max(CASE WHEN age_hours = 72 THEN votes END) AS votes_72h,
        bool_or(CASE WHEN age_hours = 72 THEN is_interpolated END) AS is_interpolated_72h,
        max(CASE WHEN age_hours = 72 THEN gap_hours END) AS gap_hours_72h,
        max(CASE WHEN age_hours = 168 THEN votes END) AS votes_7d,
        bool_or(CASE WHEN age_hours = 168 THEN is_interpolated END) AS is_interpolated_7d,
        max(CASE WHEN age_hours = 168 THEN gap_hours END) AS gap_hours_7d,
        max(CASE WHEN age_hours = 336 THEN votes END) AS votes_14d,
        bool_or(CASE WHEN age_hours = 336 THEN is_interpolated END) AS is_interpolated_14d,
        max(CASE WHEN age_hours = 336 THEN gap_hours END) AS gap_hours_14d
    FROM fact_vote_age
    GROUP BY paper_key
),

-- The first step that reaches 90 %, of papers that had fewer at their first observation.
nearly_all AS (
    SELECT
        step.paper_key,
        step.age
        + (9 * summed.last_votes - 10 * step.votes) * (step.next_age - step.age)
        / (10 * (step.next_votes - step.votes)) AS hours,
        10 * step.next_votes <> 9 * summed.last_votes AS is_interpolated,
        CASE
            WHEN 10 * step.next_votes = 9 * summed.last_votes THEN CAST(0 AS DOUBLE)
            ELSE step.next_age - step.age
        END AS gap_hours
    FROM step
    INNER JOIN summed
        ON step.paper_key = summed.paper_key
    WHERE
        10 * summed.first_votes < 9 * summed.last_votes
        AND 10 * step.votes < 9 * summed.last_votes
        AND 10 * step.next_votes >= 9 * summed.last_votes
    QUALIFY row_number() OVER (PARTITION BY step.paper_key ORDER BY step.observed_at) = 1
)

SELECT
    paper.arxiv_id,
    paper.title,
    paper.first_listed_on,
    day.day_of_week,
    day.weekday,
    summed.is_counted_from_submission,
    CAST(summed.observations AS INTEGER) AS observations,
    summed.first_observed_at,
    summed.last_observed_at,
    summed.observed_hours,
    CAST(summed.first_votes AS INTEGER) AS first_votes,
    CAST(summed.last_votes AS INTEGER) AS last_votes,
    at_age.votes_24h,
    at_age.is_interpolated_24h,
    at_age.gap_hours_24h,
    at_age.votes_72h,
    at_age.is_interpolated_72h,
    at_age.gap_hours_72h,
    at_age.votes_7d,
    at_age.is_interpolated_7d,
    at_age.gap_hours_7d,
    at_age.votes_14d,
    at_age.is_interpolated_14d,
    at_age.gap_hours_14d,
    nearly_all.hours AS hours_to_90_percent,
    nearly_all.is_interpolated AS is_interpolated_90_percent,
    nearly_all.gap_hours AS gap_hours_90_percent,
    peak.hours_to_peak,
    paper.paper_key
FROM summed
INNER JOIN dim_paper AS paper
    ON summed.paper_key = paper.paper_key
INNER JOIN dim_date AS day
    ON paper.first_listed_on = day.date
INNER JOIN peak
    ON summed.paper_key = peak.paper_key
LEFT JOIN at_age
    ON summed.paper_key = at_age.paper_key
LEFT JOIN nearly_all
    ON summed.paper_key = nearly_all.paper_key
ORDER BY
    paper.first_listed_on,
    paper.arxiv_id
