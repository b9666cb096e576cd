-- Which names stand first, and which last, on the most papers whose order of authors is known?
WITH first_board AS (
    SELECT
        name AS first_author,
        first_author_papers
    FROM mart_author
    ORDER BY first_author_papers DESC NULLS LAST, name, author_key
    LIMIT 10
),

last_board AS (
    SELECT
        name AS last_author,
        last_author_papers
    FROM mart_author
    ORDER BY last_author_papers DESC NULLS LAST, name, author_key
    LIMIT 10
)

SELECT
    row_number() OVER () AS place,
    first_board.*,
    last_board.*
FROM first_board POSITIONAL JOIN last_board
ORDER BY place
