-- Which names stand on the most papers?
SELECT
    name,
    paper_count AS papers,
    first_listed_on,
    last_listed_on
FROM dim_author
ORDER BY
    paper_count DESC,
    name_normalized
LIMIT 5
