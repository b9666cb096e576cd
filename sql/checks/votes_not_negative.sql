-- error: no count of votes is below zero
SELECT
    'fact_vote' AS relation,
    paper_key,
    listed_on AS date,
    votes
FROM fact_vote
WHERE votes < 0
UNION ALL
SELECT
    'fact_observation' AS relation,
    paper_key,
    CAST(observed_at AS DATE) AS date,
    votes
FROM fact_observation
WHERE votes < 0
UNION ALL
SELECT
    'fact_listing' AS relation,
    paper_key,
    listed_on AS date,
    votes_at_capture AS votes
FROM fact_listing
WHERE votes_at_capture < 0
UNION ALL
SELECT
    'fact_vote_day' AS relation,
    paper_key,
    date,
    votes
FROM fact_vote_day
WHERE votes < 0
