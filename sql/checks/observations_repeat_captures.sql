-- error: an observation that is not new repeats the one before it, at a time for which the source was asked
WITH ordered AS (
    SELECT
        paper_key,
        source_key,
        archive_key,
        listed_on,
        observed_at,
        is_new,
        (rank, votes, comments, github_stars) AS counts,
        lag((rank, votes, comments, github_stars)) OVER (
            PARTITION BY paper_key, source_key, archive_key, listed_on
            ORDER BY observed_at
        ) AS counts_before
    FROM fact_observation
),

attempt AS (
    SELECT DISTINCT
        source,
        archive,
        date,
        captured_at
    FROM lake_fetch
)

SELECT
    paper.arxiv_id,
    source.source,
    ordered.listed_on,
    ordered.observed_at,
    ordered.counts_before,
    ordered.counts
FROM ordered
INNER JOIN dim_paper AS paper
    ON ordered.paper_key = paper.paper_key
INNER JOIN dim_source AS source
    ON ordered.source_key = source.source_key
INNER JOIN dim_archive AS archive
    ON ordered.archive_key = archive.archive_key
LEFT JOIN attempt
    ON
        source.source = attempt.source
        AND archive.archive = attempt.archive
        AND ordered.listed_on = attempt.date
        AND ordered.observed_at = attempt.captured_at
WHERE
    NOT ordered.is_new
    AND (ordered.counts IS DISTINCT FROM ordered.counts_before OR attempt.source IS NULL)
