-- mart_vote_velocity: one row a paper whose votes were ever observed, with how fast they came.
-- Between two observations votes are taken to grow evenly. Before the first and after the last, nothing is assumed.
WITH observation AS (
    SELECT
        observed.paper_key,
        observed.observed_at,
        CAST(observed.votes AS BIGINT) AS votes
    FROM fact_observation AS observed
    INNER JOIN dim_source AS source
        ON observed.source_key = source.source_key
    WHERE observed.votes IS NOT NULL AND observed.doubt IS NULL
    QUALIFY row_number() OVER (
        PARTITION BY observed.paper_key, observed.observed_at
        ORDER BY source.precedence, observed.listed_on DESC
    ) = 1
),

aged AS (
    SELECT
        observation.paper_key,
        observation.observed_at,
        observation.votes,
        date_diff('second', CAST(paper.first_listed_on AS TIMESTAMP), observation.observed_at) AS age
    FROM observation
    INNER JOIN dim_paper AS paper
        ON observation.paper_key = paper.paper_key
),

-- Each observation with the next one; ages are in seconds.
step AS (
    SELECT
        paper_key,
        observed_at,
        votes,
        age,
        lead(votes) OVER (PARTITION BY paper_key ORDER BY observed_at) AS next_votes,
        lead(age) OVER (PARTITION BY paper_key ORDER BY observed_at) AS next_age,
        row_number() OVER (PARTITION BY paper_key ORDER BY observed_at) AS place,
        row_number() OVER (PARTITION BY paper_key ORDER BY votes DESC, observed_at) AS place_by_votes,
        first_value(votes) OVER (PARTITION BY paper_key ORDER BY observed_at) AS first_votes,
        first_value(votes) OVER (PARTITION BY paper_key ORDER BY observed_at DESC) AS last_votes
    FROM aged
),

summed AS (
    SELECT
        paper_key,
        count(*) AS observations,
        min(observed_at) AS first_observed_at,
        max(observed_at) AS last_observed_at,
        max(first_votes) AS first_votes,
        max(last_votes) AS last_votes,
        max(age) - min(age) AS observed_seconds,
        max(CASE WHEN place_by_votes = 1 THEN age END) AS age_at_peak
    FROM step
    GROUP BY paper_key
),

mark AS (
    SELECT
        marks.name,
        CAST(marks.age AS BIGINT) AS age
    FROM (VALUES ('24h', 86400), ('72h', 259200), ('7d', 604800)) AS marks (name, age)
),

marked AS (
    SELECT
        step.paper_key,
        mark.name,
        CASE
            WHEN step.age = mark.age THEN CAST(step.votes AS DOUBLE)
            ELSE
                step.votes
                + CAST((step.next_votes - step.votes) * (mark.age - step.age) AS DOUBLE) / (step.next_age - step.age)
        END AS votes,
        step.age <> mark.age AS is_interpolated
    FROM step
    INNER JOIN mark
        ON step.age <= mark.age AND (step.age = mark.age OR step.next_age > mark.age)
),

at_mark AS (
    SELECT
        paper_key,
        max(CASE WHEN name = '24h' THEN votes END) AS votes_24h,
        bool_or(CASE WHEN name = '24h' THEN is_interpolated END) AS is_interpolated_24h,
        max(CASE WHEN name = '72h' THEN votes END) AS votes_72h,
        bool_or(CASE WHEN name = '72h' THEN is_interpolated END) AS is_interpolated_72h,
        max(CASE WHEN name = '7d' THEN votes END) AS votes_7d,
        bool_or(CASE WHEN name = '7d' THEN is_interpolated END) AS is_interpolated_7d
    FROM marked
    GROUP BY paper_key
),

-- The first step that reaches 90 %, of papers that had fewer at their first observation.
nearly_all AS (
    SELECT
        paper_key,
        (age + CAST((9 * last_votes - 10 * votes) * (next_age - age) AS DOUBLE) / (10 * (next_votes - votes)))
        / 3600 AS hours,
        10 * next_votes <> 9 * last_votes AS is_interpolated
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
    CASE day.day_of_week
        WHEN 1 THEN 'Monday'
        WHEN 2 THEN 'Tuesday'
        WHEN 3 THEN 'Wednesday'
        WHEN 4 THEN 'Thursday'
        WHEN 5 THEN 'Friday'
        WHEN 6 THEN 'Saturday'
        ELSE 'Sunday'
    END AS weekday,
    CAST(summed.observations AS INTEGER) AS observations,
    summed.first_observed_at,
    summed.last_observed_at,
    CAST(summed.observed_seconds AS DOUBLE) / 3600 AS observed_hours,
    CAST(summed.first_votes AS INTEGER) AS first_votes,
    CAST(summed.last_votes AS INTEGER) AS last_votes,
    at_mark.votes_24h,
    at_mark.is_interpolated_24h,
    at_mark.votes_72h,
    at_mark.is_interpolated_72h,
    at_mark.votes_7d,
    at_mark.is_interpolated_7d,
    nearly_all.hours AS hours_to_90_percent,
    nearly_all.is_interpolated AS is_interpolated_90_percent,
    CAST(summed.age_at_peak AS DOUBLE) / 3600 AS hours_to_peak,
    paper.paper_key
FROM summed
INNER JOIN dim_paper AS paper
    ON summed.paper_key = paper.paper_key
INNER JOIN dim_date AS day
    ON paper.first_listed_on = day.date
LEFT JOIN at_mark
    ON summed.paper_key = at_mark.paper_key
LEFT JOIN nearly_all
    ON summed.paper_key = nearly_all.paper_key
ORDER BY
    paper.first_listed_on,
    paper.arxiv_id
