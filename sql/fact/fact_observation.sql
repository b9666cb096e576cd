-- fact_observation: one row a paper, source, archive, time observed and day listed.
SELECT
    paper_key,
    source_key,
    archive_key,
    observed_at,
    listed_on,
    rank,
    votes,
    comments,
    github_stars,
    is_new,
    doubt
FROM stg_observation
ORDER BY
    observed_at,
    source_key,
    paper_key
