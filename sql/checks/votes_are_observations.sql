-- error: fact_vote holds the new observations that are not doubted, and nothing else
WITH observed AS (
    SELECT
        paper_key,
        source_key,
        archive_key,
        listed_on,
        observed_at,
        votes
    FROM fact_observation
    WHERE is_new AND doubt IS NULL
)

SELECT
    coalesce(observed.paper_key, vote.paper_key) AS paper_key,
    coalesce(observed.listed_on, vote.listed_on) AS listed_on,
    coalesce(observed.observed_at, vote.captured_at) AS observed_at,
    observed.votes AS votes_observed,
    vote.votes
FROM observed
FULL JOIN fact_vote AS vote
    ON
        observed.paper_key = vote.paper_key
        AND observed.source_key = vote.source_key
        AND observed.archive_key = vote.archive_key
        AND observed.listed_on IS NOT DISTINCT FROM vote.listed_on
        AND observed.observed_at = vote.captured_at
WHERE
    observed.paper_key IS NULL
    OR vote.paper_key IS NULL
    OR observed.votes IS DISTINCT FROM vote.votes
