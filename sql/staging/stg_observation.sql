-- stg_observation: one row a paper, source, archive, time observed and day listed.
-- This is the one rule of when votes were seen. Dimensions, which are built before facts, read it here; everything else
-- reads fact_observation, which publishes it.
-- A capture observes the papers that it holds. An answer that equals the capture before it is no capture of its own,
-- but it observes the papers of that capture again.
-- An observation is doubted, and then counts for nothing current, in four cases: its entry is; it is later than the
-- build; its votes are implausible, above 100,000, or 1,000 more than ten times those before and after it; or it is
-- contradicted. The last is so if several archives saw the paper within an hour, and it has one or two votes less than
-- the most of them: the API answers from caches of other ages, and a commit comes later than its capture.
WITH capture AS (
    SELECT
        source_key,
        archive_key,
        listed_on,
        captured_at
    FROM stg_entry
    UNION
    -- An empty list: answers that equal it observe no paper.
    SELECT
        source_key,
        archive_key,
        date AS listed_on,
        captured_at
    FROM stg_fetch
    WHERE outcome = 'empty' AND page = 0
),

repeated AS (
    SELECT
        attempt.source_key,
        attempt.archive_key,
        attempt.date AS listed_on,
        attempt.captured_at AS observed_at,
        max(capture.captured_at) AS captured_at
    FROM stg_fetch AS attempt
    INNER JOIN capture
        ON
            attempt.source_key = capture.source_key
            AND attempt.archive_key = capture.archive_key
            AND attempt.date = capture.listed_on
            AND attempt.captured_at >= capture.captured_at
    WHERE attempt.outcome IN ('unchanged', 'incomplete')
    GROUP BY
        attempt.source_key,
        attempt.archive_key,
        attempt.date,
        attempt.captured_at
),

observed AS (
    SELECT
        source_key,
        archive_key,
        listed_on,
        captured_at,
        captured_at AS observed_at
    FROM capture
    UNION
    SELECT
        source_key,
        archive_key,
        listed_on,
        captured_at,
        observed_at
    FROM repeated
),

seen AS (
    SELECT
        entry.paper_key,
        entry.source_key,
        entry.archive_key,
        observed.observed_at,
        entry.listed_on,
        entry.rank,
        entry.votes,
        entry.comments,
        entry.github_stars,
        observed.observed_at = observed.captured_at AS is_new,
        entry.doubt
    FROM observed
    INNER JOIN stg_entry AS entry
        ON
            observed.source_key = entry.source_key
            AND observed.archive_key = entry.archive_key
            AND observed.listed_on = entry.listed_on
            AND observed.captured_at = entry.captured_at
    UNION ALL
    SELECT
        paper_key,
        source_key,
        archive_key,
        captured_at AS observed_at,
        CAST(NULL AS DATE) AS listed_on,
        rank,
        votes,
        comments,
        github_stars,
        TRUE AS is_new,
        CAST(NULL AS VARCHAR) AS doubt
    FROM stg_feed
),

dated AS (
    SELECT
        seen.paper_key,
        seen.source_key,
        seen.archive_key,
        seen.observed_at,
        seen.listed_on,
        seen.rank,
        seen.votes,
        seen.comments,
        seen.github_stars,
        seen.is_new,
        CASE WHEN seen.observed_at > build.built_at THEN 'future' ELSE seen.doubt END AS doubt,
        date_diff('second', TIMESTAMP '2020-01-01 00:00:00', seen.observed_at) AS seconds
    FROM seen
    CROSS JOIN lake_build AS build
),

-- Votes of at most 1,000 are never implausible, and what one archive saw is never contradicted. The observations of
-- nearly all papers so need not be compared with each other.
compared AS (
    SELECT paper_key
    FROM dated
    GROUP BY paper_key
    HAVING max(votes) > 1000 OR min(archive_key) <> max(archive_key)
),

-- NULL where nobody saw votes of the paper before, or after.
neighboured AS (
    SELECT
        dated.paper_key,
        dated.source_key,
        dated.archive_key,
        dated.observed_at,
        dated.listed_on,
        dated.votes,
        lag(dated.votes) OVER neighbours AS votes_before,
        lead(dated.votes) OVER neighbours AS votes_after,
        max(dated.votes) OVER past_hour AS most_in_hour,
        min(dated.archive_key) OVER past_hour <> max(dated.archive_key) OVER past_hour AS is_seen_by_others
    FROM dated
    INNER JOIN compared
        ON dated.paper_key = compared.paper_key
    WHERE dated.doubt IS NULL AND dated.votes IS NOT NULL
    WINDOW
        neighbours AS (
            PARTITION BY dated.paper_key
            ORDER BY dated.observed_at, dated.source_key, dated.archive_key, dated.listed_on
        ),
        past_hour AS (
            PARTITION BY dated.paper_key
            ORDER BY dated.seconds
            RANGE BETWEEN 3600 PRECEDING AND CURRENT ROW
        )
),

judged AS (
    SELECT
        paper_key,
        source_key,
        archive_key,
        observed_at,
        listed_on,
        CASE
            WHEN votes > 100000 THEN 'implausible'
            WHEN
                votes > 1000 + 10 * greatest(coalesce(votes_before, votes_after), coalesce(votes_after, votes_before))
                THEN 'implausible'
            WHEN is_seen_by_others AND most_in_hour - votes BETWEEN 1 AND 2 THEN 'contradicted'
        END AS doubt
    FROM neighboured
)

SELECT
    dated.paper_key,
    dated.source_key,
    dated.archive_key,
    dated.observed_at,
    dated.listed_on,
    dated.rank,
    dated.votes,
    dated.comments,
    dated.github_stars,
    dated.is_new,
    coalesce(dated.doubt, judged.doubt) AS doubt
FROM dated
LEFT JOIN judged
    ON
        dated.paper_key = judged.paper_key
        AND dated.source_key = judged.source_key
        AND dated.archive_key = judged.archive_key
        AND dated.observed_at = judged.observed_at
        AND dated.listed_on IS NOT DISTINCT FROM judged.listed_on
