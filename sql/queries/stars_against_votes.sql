-- Do papers with more votes have repositories with more stars?
SELECT
    CASE
        WHEN latest_votes < 10 THEN '0 to 9'
        WHEN latest_votes < 20 THEN '10 to 19'
        WHEN latest_votes < 50 THEN '20 to 49'
        WHEN latest_votes < 100 THEN '50 to 99'
        ELSE '100 or more'
    END AS votes,
    count(*) AS papers,
    median(github_stars) AS median_stars,
    count(CASE WHEN github_stars >= 100 THEN 1 END) AS papers_with_100_stars,
    max(github_stars) AS most_stars
FROM mart_paper
WHERE latest_votes IS NOT NULL AND github_stars IS NOT NULL
GROUP BY votes
ORDER BY min(latest_votes)
