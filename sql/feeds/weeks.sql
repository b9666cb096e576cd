-- weeks: one row a paper that was first listed in a finished week, with the week's end and its votes then.
-- A week is finished once a later one has a list, and something was observed after its end: no clock decides, and days
-- that are read one after the other are all there. Votes are the last that were seen before the end, or else the first
-- that were seen later. A paper whose votes nobody saw has no place.
WITH seen AS (
    SELECT max(observed_at) AS observed_at
    FROM fact_observation
    WHERE doubt IS DISTINCT FROM 'future'
),

newest AS (
    SELECT CAST(max(last_listed_on) AS TIMESTAMP) AS listed_on
    FROM dim_paper
),

listed AS (
    SELECT
        paper_key,
        arxiv_id,
        CAST(date_trunc('week', first_listed_on) AS TIMESTAMP) + INTERVAL 7 DAY AS dated_at
    FROM dim_paper
)

SELECT
    listed.arxiv_id,
    listed.dated_at,
    coalesce(
        max_by(observation.votes, observation.observed_at) FILTER (WHERE observation.observed_at < listed.dated_at),
        min_by(observation.votes, observation.observed_at)
    ) AS votes
FROM listed
INNER JOIN seen
    ON listed.dated_at <= seen.observed_at
INNER JOIN newest
    ON listed.dated_at <= newest.listed_on
INNER JOIN fact_observation AS observation
    ON listed.paper_key = observation.paper_key
WHERE observation.is_on_curve
GROUP BY
    listed.arxiv_id,
    listed.dated_at
ORDER BY
    listed.dated_at,
    votes DESC,
    listed.arxiv_id
