-- fact_observation: one row a paper, source, archive, time observed and day listed.
-- A submission counts for the age of a paper if it is of the day on which the paper was first listed. It is cut to
-- whole seconds, since engines count the seconds between two parts of one differently.
-- On the curve of a paper is one observation a time: that of the source with the better precedence, if its votes are
-- known and not doubted.
WITH begun AS (
    SELECT
        paper_key,
        CAST(first_listed_on AS TIMESTAMP) AS listed_at,
        CASE
            WHEN CAST(submitted_at AS DATE) = first_listed_on THEN date_trunc('second', submitted_at)
        END AS submitted_at
    FROM dim_paper
),

-- Nearly always one observation stands alone at its time. Only the others need be compared.
rival AS (
    SELECT
        paper_key,
        observed_at
    FROM stg_observation
    WHERE votes IS NOT NULL AND doubt IS NULL
    GROUP BY
        paper_key,
        observed_at
    HAVING count(*) > 1
),

off_curve AS (
    SELECT
        observation.paper_key,
        observation.source_key,
        observation.archive_key,
        observation.observed_at,
        observation.listed_on
    FROM stg_observation AS observation
    INNER JOIN rival
        ON observation.paper_key = rival.paper_key AND observation.observed_at = rival.observed_at
    INNER JOIN dim_source AS source
        ON observation.source_key = source.source_key
    WHERE observation.votes IS NOT NULL AND observation.doubt IS NULL
    QUALIFY row_number() OVER (
        PARTITION BY observation.paper_key, observation.observed_at
        ORDER BY source.precedence, observation.votes DESC, observation.listed_on DESC, observation.archive_key
    ) > 1
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
LEFT JOIN off_curve
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
