-- Which papers have the most votes?
SELECT
    arxiv_id,
    title,
    first_listed_on,
    latest_votes AS votes
FROM mart_paper
WHERE latest_votes IS NOT NULL
ORDER BY
    latest_votes DESC,
    arxiv_id
LIMIT 5
