-- fact_vote: one row a paper, source, day listed and capture.
SELECT
    paper_key,
    source_key,
    captured_at,
    listed_on,
    votes,
    votes - lag(votes) OVER (
        PARTITION BY paper_key, source_key
        ORDER BY captured_at, listed_on
    ) AS votes_gained,
    comments,
    github_stars
FROM stg_entry
ORDER BY
    captured_at,
    source_key,
    paper_key
