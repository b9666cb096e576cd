-- fact_vote: one row a paper, source, archive, capture and day listed. Doubted observations are left out.
SELECT
    paper_key,
    source_key,
    observed_at AS captured_at,
    listed_on,
    votes,
    votes - lag(votes) OVER (
        PARTITION BY paper_key, source_key
        ORDER BY observed_at, archive_key, listed_on
    ) AS votes_gained,
    comments,
    github_stars,
    archive_key
FROM fact_observation
WHERE is_new AND doubt IS NULL
ORDER BY
    observed_at,
    source_key,
    paper_key
