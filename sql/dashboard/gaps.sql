-- gaps: one row each of the newest twelve days that need a look.
SELECT
    date,
    source,
    status,
    last_attempt_at,
    last_reason,
    rejects
FROM mart_coverage
WHERE
    status IN ('failed', 'incomplete')
    OR rejects > 0
    OR (status = 'missing' AND NOT is_weekend)
ORDER BY
    date DESC,
    source
LIMIT 12
