-- stg_listing: one row a paper, source and day on whose list a capture holds the paper.
-- The ranks of a day are those of one capture: of those that hold the most of the day's papers, the first. The votes
-- are those of the first capture that holds the paper.
-- A paper is still listed if no later whole answer lacks it. One that another archive captured counts if it is over an
-- hour later: the API answers from caches of other ages, and a commit comes later than its capture.
-- Orders are by one row of columns, since DuckDB finds the first by one value without sorting.
WITH entry AS (
    SELECT
        paper_key,
        arxiv_id,
        source_key,
        archive_key,
        listed_on,
        captured_at,
        archive,
        rank,
        votes,
        doubt
    FROM stg_entry
    WHERE doubt IS DISTINCT FROM 'another day'
),

capture AS (
    SELECT
        source_key,
        listed_on,
        captured_at,
        archive
    FROM entry
    GROUP BY
        source_key,
        listed_on,
        captured_at,
        archive
    QUALIFY row_number() OVER (
        PARTITION BY source_key, listed_on
        ORDER BY
            max(doubt) IS NOT NULL,
            count(*) DESC,
            captured_at,
            archive
    ) = 1
),

ranked AS (
    SELECT
        entry.paper_key,
        entry.source_key,
        entry.listed_on,
        entry.rank
    FROM entry
    INNER JOIN capture
        ON
            entry.source_key = capture.source_key
            AND entry.listed_on = capture.listed_on
            AND entry.captured_at = capture.captured_at
            AND entry.archive = capture.archive
),

first_entry AS (
    SELECT
        paper_key,
        arxiv_id,
        source_key,
        listed_on,
        votes
    FROM entry
    QUALIFY row_number() OVER (PARTITION BY paper_key, source_key, listed_on ORDER BY (captured_at, archive)) = 1
),

last_seen AS (
    SELECT
        paper_key,
        source_key,
        archive_key,
        listed_on,
        observed_at
    FROM stg_observation
    WHERE doubt IS DISTINCT FROM 'future'
    QUALIFY row_number() OVER (
        PARTITION BY paper_key, source_key, listed_on
        ORDER BY (observed_at, archive_key) DESC
    ) = 1
),

newest_answer AS (
    SELECT
        observation.source_key,
        observation.archive_key,
        observation.listed_on,
        max(observation.observed_at) AS observed_at
    FROM stg_observation AS observation
    WHERE
        observation.doubt IS DISTINCT FROM 'future'
        AND NOT EXISTS (
            SELECT 1
            FROM stg_fetch AS cut
            WHERE
                cut.outcome = 'incomplete'
                AND cut.source_key = observation.source_key
                AND cut.archive_key = observation.archive_key
                AND cut.date = observation.listed_on
                AND cut.captured_at = observation.observed_at
        )
    GROUP BY
        observation.source_key,
        observation.archive_key,
        observation.listed_on
),

gone AS (
    SELECT DISTINCT
        last_seen.paper_key,
        last_seen.source_key,
        last_seen.listed_on
    FROM last_seen
    INNER JOIN newest_answer
        ON
            last_seen.source_key = newest_answer.source_key
            AND last_seen.listed_on = newest_answer.listed_on
            AND last_seen.observed_at < newest_answer.observed_at
    WHERE
        last_seen.archive_key = newest_answer.archive_key
        OR last_seen.observed_at + INTERVAL 1 HOUR < newest_answer.observed_at
)

SELECT
    first_entry.paper_key,
    first_entry.arxiv_id,
    first_entry.source_key,
    first_entry.listed_on,
    ranked.rank,
    first_entry.votes AS votes_at_capture,
    gone.paper_key IS NULL AS is_still_listed
FROM first_entry
LEFT JOIN ranked
    ON
        first_entry.paper_key = ranked.paper_key
        AND first_entry.source_key = ranked.source_key
        AND first_entry.listed_on = ranked.listed_on
LEFT JOIN gone
    ON
        first_entry.paper_key = gone.paper_key
        AND first_entry.source_key = gone.source_key
        AND first_entry.listed_on = gone.listed_on
