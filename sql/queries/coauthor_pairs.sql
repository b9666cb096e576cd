-- Which two names stand together on the most papers of at most 30 authors?
SELECT
    name_a,
    name_b,
    papers,
    first_listed_on,
    last_listed_on,
    last_title
FROM mart_coauthor
ORDER BY
    papers DESC,
    last_listed_on DESC,
    name_a,
    name_b,
    author_key_a,
    author_key_b
LIMIT 10
