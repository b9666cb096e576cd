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

-- Each observation with the next one; ages are in hours.
step AS (
    SELECT
        paper_key,
        observed_at,
        votes,
        age,
        is_counted_from_submission,
        lead(votes) OVER (PARTITION BY paper_key ORDER BY observed_at) AS next_votes,
        lead(age) OVER (PARTITION BY paper_key ORDER BY observed_at) AS next_age,
        row_number() OVER (PARTITION BY paper_key ORDER BY observed_at) AS place,
        row_number() OVER (PARTITION BY paper_key ORDER BY votes DESC, observed_at) AS place_by_votes,
        first_value(votes) OVER (PARTITION BY paper_key ORDER BY observed_at) AS first_votes,
        first_value(votes) OVER (PARTITION BY paper_key ORDER BY observed_at DESC) AS last_votes
    FROM observation
),

summed AS (
    SELECT
        paper_key,
        count(*) AS observations,
        min(observed_at) AS first_observed_at,
        max(observed_at) AS last_observed_at,
        max(first_votes) AS first_votes,
        max(last_votes) AS last_votes,
        max(age) - min(age) AS observed_hours,
        bool_and(is_counted_from_submission) AS is_counted_from_submission,
        max(CASE WHEN place_by_votes = 1 THEN age END) AS hours_to_peak
    FROM step
    GROUP BY paper_key
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
        paper_key,
        age + (9 * last_votes - 10 * votes) * (next_age - age) / (10 * (next_votes - votes)) AS hours,
        10 * next_votes <> 9 * last_votes AS is_interpolated,
        CASE WHEN 10 * next_votes = 9 * last_votes THEN CAST(0 AS DOUBLE) ELSE next_age - age END AS gap_hours
    FROM step
    WHERE
        10 * first_votes < 9 * last_votes
        AND 10 * votes < 9 * last_votes
        AND 10 * next_votes >= 9 * last_votes
    QUALIFY row_number() OVER (PARTITION BY paper_key ORDER BY place) = 1
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
    summed.hours_to_peak,
    paper.paper_key
FROM summed
INNER JOIN dim_paper AS paper
    ON summed.paper_key = paper.paper_key
INNER JOIN dim_date AS day
    ON paper.first_listed_on = day.date
LEFT JOIN at_age
    ON summed.paper_key = at_age.paper_key
LEFT JOIN nearly_all
    ON summed.paper_key = nearly_all.paper_key
ORDER BY
    paper.first_listed_on,
    paper.arxiv_id
