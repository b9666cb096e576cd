-- stg_listing: one row a paper, source and day on whose list a capture holds the paper.
-- The ranks of a day are those of one capture: of those that hold the most of the day's papers, the first. The votes
-- are those of the first capture that holds the paper.
-- A paper is still listed if the newest whole answer holds it, or one of the hour before: the API answers from caches
-- of other ages, and a commit comes later than its capture.
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
    QUALIFY row_number() OVER (PARTITION BY paper_key, source_key, listed_on ORDER BY captured_at, archive) = 1
),

seen AS (
    SELECT
        paper_key,
        source_key,
        listed_on,
        max(observed_at) AS seen_at
    FROM stg_observation
    WHERE doubt IS DISTINCT FROM 'future'
    GROUP BY
        paper_key,
        source_key,
        listed_on
),

whole AS (
    SELECT
        observation.source_key,
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
        observation.listed_on
)

SELECT
    first_entry.paper_key,
    first_entry.arxiv_id,
    first_entry.source_key,
    first_entry.listed_on,
    ranked.rank,
    first_entry.votes AS votes_at_capture,
    coalesce(seen.seen_at + INTERVAL 1 HOUR >= whole.observed_at, TRUE) AS is_still_listed
FROM first_entry
LEFT JOIN ranked
    ON
        first_entry.paper_key = ranked.paper_key
        AND first_entry.source_key = ranked.source_key
        AND first_entry.listed_on = ranked.listed_on
LEFT JOIN seen
    ON
        first_entry.paper_key = seen.paper_key
        AND first_entry.source_key = seen.source_key
        AND first_entry.listed_on = seen.listed_on
LEFT JOIN whole
    ON first_entry.source_key = whole.source_key AND first_entry.listed_on = whole.listed_on
