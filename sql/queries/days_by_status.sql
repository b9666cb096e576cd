-- How many days did each source publish, and how many are missing, empty, incomplete or were never asked for?
SELECT
    source,
    status,
    count(*) AS days,
    sum(papers) AS papers,
    min(date) AS first_day,
    max(date) AS last_day
FROM mart_coverage
GROUP BY
    source,
    status
ORDER BY
    source,
    days DESC,
    status
