-- Which working days lie between the days that a source was asked for, and were never asked for?
SELECT
    coverage.source,
    day.month_start AS month,
    count(*) AS days,
    min(coverage.date) AS first_day,
    max(coverage.date) AS last_day
FROM mart_coverage AS coverage
INNER JOIN dim_date AS day
    ON coverage.date = day.date
WHERE coverage.status = 'never asked' AND NOT coverage.is_weekend
GROUP BY
    coverage.source,
    day.month_start
ORDER BY
    coverage.source,
    day.month_start
