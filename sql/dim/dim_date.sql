-- dim_date: one row a day, from the first to the last that a list, an observation or an attempt to fetch names.
-- Weeks and weekdays are counted as ISO 8601 does without the functions of an engine, because engines differ in them.
WITH named AS (
    SELECT listed_on AS date
    FROM stg_entry
    UNION
    SELECT CAST(observed_at AS DATE) AS date
    FROM stg_observation
    WHERE doubt IS NULL
    UNION
    SELECT date
    FROM stg_fetch
    WHERE has_begun
),

span AS (
    SELECT
        min(date) AS first_date,
        max(date) AS last_date
    FROM named
),

day AS (
    SELECT CAST(span.first_date + CAST(later.days AS INTEGER) AS DATE) AS date
    FROM span
    CROSS JOIN
        unnest(generate_series(0, greatest(0, date_diff('day', span.first_date, span.last_date)))) AS later (days)
    WHERE span.first_date IS NOT NULL
),

weekday AS (
    SELECT
        date,
        -- 2001-01-01 was a Monday.
        1 + (date_diff('day', DATE '2001-01-01', date) % 7 + 7) % 7 AS day_of_week
    FROM day
),

-- A week belongs to the year of its Thursday.
thursday AS (
    SELECT
        date,
        day_of_week,
        CAST(date + CAST(4 - day_of_week AS INTEGER) AS DATE) AS thursday
    FROM weekday
)

SELECT
    date,
    CAST(extract(YEAR FROM date) AS SMALLINT) AS year,
    CAST(extract(QUARTER FROM date) AS SMALLINT) AS quarter,
    CAST(extract(MONTH FROM date) AS SMALLINT) AS month,
    CAST(extract(YEAR FROM thursday) AS SMALLINT) AS iso_year,
    CAST(1 + floor((extract(DOY FROM thursday) - 1) / 7) AS SMALLINT) AS iso_week,
    CAST(day_of_week AS SMALLINT) AS day_of_week,
    day_of_week >= 6 AS is_weekend
FROM thursday
ORDER BY date
