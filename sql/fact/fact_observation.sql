-- fact_observation: one row a paper, source, archive, time observed and day listed.
-- A submission counts for the age of a paper if it is of the day on which the paper was first listed. It is cut to
-- whole seconds, since engines count the seconds between two parts of one differently.
-- On the curve of a paper is one observation a time, of those whose votes are known and not doubted. The others are in
-- stg_off_curve.
WITH begun AS (
    SELECT
        paper_key,
        CAST(first_listed_on AS TIMESTAMP) AS listed_at,
        CASE
            WHEN CAST(submitted_at AS DATE) = first_listed_on THEN date_trunc('second', submitted_at)
        END AS submitted_at
    FROM dim_paper
)

SELECT
    observation.paper_key,
    observation.source_key,
    observation.archive_key,
    observation.observed_at,
    observation.listed_on,
    observation.rank,
    observation.votes,
    observation.comments,
    observation.github_stars,
    CAST(date_diff('second', begun.submitted_at, observation.observed_at) AS DOUBLE) / 3600 AS hours_since_submitted,
    CAST(date_diff('second', begun.listed_at, observation.observed_at) AS DOUBLE) / 3600 AS hours_since_listed,
    observation.is_new,
    observation.votes IS NOT NULL
    AND observation.doubt IS NULL
    AND off_curve.paper_key IS NULL AS is_on_curve,
    observation.doubt
FROM stg_observation AS observation
INNER JOIN begun
    ON observation.paper_key = begun.paper_key
LEFT JOIN stg_off_curve AS off_curve
    ON
        observation.paper_key = off_curve.paper_key
        AND observation.source_key = off_curve.source_key
        AND observation.archive_key = off_curve.archive_key
        AND observation.observed_at = off_curve.observed_at
        AND observation.listed_on IS NOT DISTINCT FROM off_curve.listed_on
ORDER BY
    observation.observed_at,
    observation.source_key,
    observation.paper_key
