-- subjects: one row each of the eight subjects that are the main one of most papers, most papers first.
SELECT
    category AS subject,
    name
FROM mart_category
WHERE primary_papers > 0
ORDER BY
    primary_papers DESC,
    category
LIMIT 8
