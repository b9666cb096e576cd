-- rejects: one row a source and rule that pieces of text broke.
SELECT
    source,
    rule,
    count(*) AS pieces,
    min(date) AS first_day,
    max(date) AS last_day
FROM meta_reject
GROUP BY
    source,
    rule
ORDER BY
    pieces DESC,
    source,
    rule
