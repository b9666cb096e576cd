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
    CASE extract(MONTH FROM date)
        WHEN 1 THEN 'January'
        WHEN 2 THEN 'February'
        WHEN 3 THEN 'March'
        WHEN 4 THEN 'April'
        WHEN 5 THEN 'May'
        WHEN 6 THEN 'June'
        WHEN 7 THEN 'July'
        WHEN 8 THEN 'August'
        WHEN 9 THEN 'September'
        WHEN 10 THEN 'October'
        WHEN 11 THEN 'November'
        ELSE 'December'
    END AS month_name,
    CAST(date - CAST(extract(DAY FROM date) - 1 AS INTEGER) AS DATE) AS month_start,
    CAST(extract(YEAR FROM thursday) AS SMALLINT) AS iso_year,
    CAST(1 + floor((extract(DOY FROM thursday) - 1) / 7) AS SMALLINT) AS iso_week,
    CAST(day_of_week AS SMALLINT) AS day_of_week,
    CASE day_of_week
        WHEN 1 THEN 'Monday'
        WHEN 2 THEN 'Tuesday'
        WHEN 3 THEN 'Wednesday'
        WHEN 4 THEN 'Thursday'
        WHEN 5 THEN 'Friday'
        WHEN 6 THEN 'Saturday'
        ELSE 'Sunday'
    END AS weekday,
    day_of_week >= 6 AS is_weekend
FROM thursday
ORDER BY date
