-- warn: a day whose status, or whose newest attempt, is failed or incomplete
SELECT
    source,
    date,
    status,
    last_outcome,
    last_attempt_at,
    last_reason
FROM mart_coverage
WHERE
    status IN ('failed', 'incomplete')
    OR last_outcome IN ('failed', 'incomplete')
ORDER BY
    date DESC,
    source
