-- Which subjects have the most papers, and how do these fare?
SELECT
    category,
    name,
    papers,
    primary_papers,
    round(100 * cross_listed_share, 1) AS percent_with_other_subjects,
    median_votes,
    best_votes,
    best_title
FROM mart_category
ORDER BY
    papers DESC,
    category
LIMIT 10
