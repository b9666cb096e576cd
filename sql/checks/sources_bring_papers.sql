-- warn: a source that brought no papers on its newest five weekdays or more, whatever it answered
WITH newest AS (
    SELECT
        source,
        max(CASE WHEN papers > 0 THEN date END) AS last_papers_on
    FROM mart_coverage
    GROUP BY source
)

SELECT
    newest.source,
    newest.last_papers_on,
    count(*) AS weekdays_without_papers,
    max(coverage.date) AS last_day,
    max(coverage.status) AS status,
    max(coverage.last_reason) AS last_reason
FROM newest
INNER JOIN mart_coverage AS coverage
    ON newest.source = coverage.source
WHERE
    coverage.date > newest.last_papers_on
    AND NOT coverage.is_weekend
GROUP BY
    newest.source,
    newest.last_papers_on
HAVING count(*) >= 5
