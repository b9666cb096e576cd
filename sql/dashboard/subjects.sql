-- subjects: one row each of the eight subjects that are the main one of most papers, most papers first.
SELECT
    category.category AS subject,
    category.name
FROM dim_paper AS paper
INNER JOIN dim_category AS category
    ON paper.primary_category = category.category
GROUP BY
    category.category,
    category.name
ORDER BY
    count(*) DESC,
    category.category
LIMIT 8
