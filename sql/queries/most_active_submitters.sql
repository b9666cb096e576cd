-- Who put the most papers on the lists, and how many votes did these get?
SELECT
    submitted_by,
    count(*) AS papers,
    count(DISTINCT first_listed_on) AS days,
    sum(latest_votes) AS votes,
    median(latest_votes) AS median_votes,
    max(latest_votes) AS best_votes,
    min(first_listed_on) AS first_listed_on,
    max(first_listed_on) AS last_listed_on
FROM dim_paper
WHERE submitted_by IS NOT NULL
GROUP BY submitted_by
ORDER BY
    papers DESC,
    votes DESC NULLS LAST,
    submitted_by
LIMIT 10
