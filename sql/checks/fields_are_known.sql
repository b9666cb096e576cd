-- warn: a source sent something that was never seen before, in the two weeks up to its newest answer
WITH newest AS (
    SELECT
        source,
        max(captured_at) AS captured_at
    FROM meta_fetch
    WHERE outcome = 'fetched'
    GROUP BY source
)

SELECT
    attempt.source,
    attempt.reason,
    count(*) AS answers,
    min(attempt.date) AS first_day,
    max(attempt.date) AS last_day
FROM meta_fetch AS attempt
INNER JOIN newest
    ON attempt.source = newest.source
WHERE
    attempt.outcome = 'fetched'
    AND attempt.reason IS NOT NULL
    AND attempt.captured_at > newest.captured_at - INTERVAL 14 DAY
GROUP BY
    attempt.source,
    attempt.reason
