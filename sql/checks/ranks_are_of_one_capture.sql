-- error: the ranks of a day are those of one capture, so that no two papers share one
WITH ranked AS (
    SELECT
        source_key,
        listed_on,
        count(*) AS papers,
        count(DISTINCT rank) AS ranks
    FROM fact_listing
    WHERE rank IS NOT NULL
    GROUP BY
        source_key,
        listed_on
),

-- Papers of each capture whose rank the listing shows.
agreeing AS (
    SELECT
        observation.source_key,
        observation.listed_on,
        observation.archive_key,
        observation.observed_at,
        count(*) AS papers
    FROM fact_observation AS observation
    INNER JOIN fact_listing AS listing
        ON
            observation.paper_key = listing.paper_key
            AND observation.source_key = listing.source_key
            AND observation.listed_on = listing.listed_on
            AND observation.rank = listing.rank
    GROUP BY
        observation.source_key,
        observation.listed_on,
        observation.archive_key,
        observation.observed_at
),

best AS (
    SELECT
        source_key,
        listed_on,
        max(papers) AS papers
    FROM agreeing
    GROUP BY
        source_key,
        listed_on
)

SELECT
    source.source,
    ranked.listed_on,
    ranked.papers,
    ranked.ranks,
    best.papers AS papers_of_one_capture
FROM ranked
INNER JOIN dim_source AS source
    ON ranked.source_key = source.source_key
LEFT JOIN best
    ON ranked.source_key = best.source_key AND ranked.listed_on = best.listed_on
WHERE
    ranked.ranks < ranked.papers
    OR best.papers IS DISTINCT FROM ranked.papers
