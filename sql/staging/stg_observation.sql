-- stg_observation: one row a paper, source, archive, time observed and day listed.
-- This is the one rule of when votes were seen. Dimensions, which are built before facts, read it here; everything else
-- reads fact_observation, which publishes it.
-- A capture observes the papers that it holds. An answer that equals the capture before it is no capture of its own,
-- but it observes the papers of that capture again.
-- An observation is doubted, and then counts for nothing current, if its entry is, if it is later than the build, or if
-- its votes are implausible: above 100,000, or 1,000 more than ten times those before and after it.
WITH capture AS (
    SELECT
        source_key,
        listed_on,
        captured_at
    FROM stg_entry
    UNION
    -- An empty list: answers that equal it observe no paper.
    SELECT
        source_key,
        date AS listed_on,
        captured_at
    FROM stg_fetch
    WHERE outcome = 'empty' AND page = 0
),

repeated AS (
    SELECT
        attempt.source_key,
        attempt.date AS listed_on,
        attempt.captured_at AS observed_at,
        max(capture.captured_at) AS captured_at
    FROM stg_fetch AS attempt
    INNER JOIN capture
        ON
            attempt.source_key = capture.source_key
            AND attempt.date = capture.listed_on
            AND attempt.captured_at >= capture.captured_at
    WHERE attempt.outcome IN ('unchanged', 'incomplete')
    GROUP BY
        attempt.source_key,
        attempt.date,
        attempt.captured_at
),

observed AS (
    SELECT
        source_key,
        listed_on,
        captured_at,
        captured_at AS observed_at
    FROM capture
    UNION
    SELECT
        source_key,
        listed_on,
        captured_at,
        observed_at
    FROM repeated
),

seen AS (
    SELECT
        entry.paper_key,
        entry.source_key,
        observed.observed_at,
        entry.listed_on,
        entry.rank,
        entry.votes,
        entry.comments,
        entry.github_stars,
        observed.observed_at = observed.captured_at AS is_new,
        CASE WHEN observed.observed_at > build.built_at THEN 'future' ELSE entry.doubt END AS doubt
    FROM observed
    CROSS JOIN lake_build AS build
    INNER JOIN stg_entry AS entry
        ON
            observed.source_key = entry.source_key
            AND observed.listed_on = entry.listed_on
            AND observed.captured_at = entry.captured_at
),

-- NULL where nobody saw votes of the paper before, or after.
neighboured AS (
    SELECT
        paper_key,
        source_key,
        observed_at,
        listed_on,
        rank,
        votes,
        comments,
        github_stars,
        is_new,
        doubt,
        lag(votes) OVER neighbours AS votes_before,
        lead(votes) OVER neighbours AS votes_after
    FROM seen
    WINDOW
        neighbours AS (
            PARTITION BY paper_key, CASE WHEN doubt IS NULL AND votes IS NOT NULL THEN 1 ELSE 2 END
            ORDER BY observed_at, source_key, listed_on
        )
)

SELECT
    paper_key,
    source_key,
    CAST('0x' || substr(md5('own'), 1, 15) AS BIGINT) AS archive_key,
    observed_at,
    listed_on,
    rank,
    votes,
    comments,
    github_stars,
    is_new,
    CASE
        WHEN doubt IS NOT NULL THEN doubt
        WHEN votes > 100000 THEN 'implausible'
        WHEN
            votes > 1000 + 10 * greatest(coalesce(votes_before, votes_after), coalesce(votes_after, votes_before))
            THEN 'implausible'
    END AS doubt
FROM neighboured
