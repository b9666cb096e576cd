-- stg_observation: one row a paper, source, day listed and time at which its votes were seen.
-- A capture that answers the same as the one before it is no new capture, but it was seen again.
WITH capture AS (
    SELECT
        source,
        listed_on,
        captured_at
    FROM stg_entry
    UNION
    SELECT
        source,
        date AS listed_on,
        captured_at
    FROM stg_fetch
    WHERE outcome = 'empty' AND page = 0
),

seen_again AS (
    SELECT
        attempt.source,
        attempt.date AS listed_on,
        attempt.captured_at AS seen_at,
        max(capture.captured_at) AS captured_at
    FROM stg_fetch AS attempt
    INNER JOIN capture
        ON
            attempt.source = capture.source
            AND attempt.date = capture.listed_on
            AND attempt.captured_at >= capture.captured_at
    WHERE attempt.outcome IN ('unchanged', 'incomplete')
    GROUP BY
        attempt.source,
        attempt.date,
        attempt.captured_at
),

sight AS (
    SELECT
        source,
        listed_on,
        captured_at,
        captured_at AS seen_at
    FROM capture
    UNION
    SELECT
        source,
        listed_on,
        captured_at,
        seen_at
    FROM seen_again
)

SELECT
    entry.paper_key,
    entry.source_key,
    entry.source,
    entry.listed_on,
    sight.seen_at,
    CAST(sight.seen_at AS DATE) AS seen_on,
    entry.votes
FROM sight
INNER JOIN stg_entry AS entry
    ON
        sight.source = entry.source
        AND sight.listed_on = entry.listed_on
        AND sight.captured_at = entry.captured_at
