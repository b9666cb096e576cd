-- error: every day that a source answered for is in mart_coverage, with as many papers as are listed
WITH answered AS (
    SELECT
        attempt.source,
        attempt.date
    FROM stg_fetch AS attempt
    INNER JOIN lake_source AS source
        ON attempt.source = source.source AND source.names_days
    WHERE attempt.has_begun AND attempt.outcome IN ('fetched', 'unchanged', 'empty', 'incomplete')
    UNION
    SELECT
        source,
        listed_on AS date
    FROM stg_entry
),

listed AS (
    SELECT
        source.source,
        listing.listed_on AS date,
        count(*) AS papers
    FROM fact_listing AS listing
    INNER JOIN dim_source AS source
        ON listing.source_key = source.source_key
    GROUP BY
        source.source,
        listing.listed_on
)

SELECT
    answered.source,
    answered.date,
    coverage.status,
    coverage.papers,
    listed.papers AS papers_listed
FROM answered
LEFT JOIN mart_coverage AS coverage
    ON answered.source = coverage.source AND answered.date = coverage.date
LEFT JOIN listed
    ON answered.source = listed.source AND answered.date = listed.date
WHERE
    coverage.status IS NULL
    OR coverage.papers <> coalesce(listed.papers, 0)
    OR (coverage.papers > 0) <> (coverage.status IN ('published', 'incomplete'))
