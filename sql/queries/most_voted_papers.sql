-- Which papers had the most votes at the age of three days, and how many have they now?
SELECT
    arxiv_id,
    title,
    first_listed_on,
    round(votes_72h) AS votes_72h,
    latest_votes,
    votes_seen_at
FROM mart_paper
WHERE votes_72h IS NOT NULL
ORDER BY
    votes_72h DESC,
    arxiv_id
LIMIT 5
