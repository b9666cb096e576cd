-- stg_off_curve: one row an observation that is not on its paper's curve, since a better one is of the same time.
-- Better is that of the source with the better precedence. Observations without votes, and doubted ones, are on no
-- curve, and not here.
-- Nearly always one observation stands alone at its time. Only the others need be compared.
WITH rival AS (
    SELECT
        paper_key,
        observed_at
    FROM stg_observation
    WHERE votes IS NOT NULL AND doubt IS NULL
    GROUP BY
        paper_key,
        observed_at
    HAVING count(*) > 1
)

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
