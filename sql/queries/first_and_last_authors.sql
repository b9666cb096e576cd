-- Which names stand first, and which last, on the most papers whose order of authors is known?
SELECT
    row_number() OVER () AS place,
    first_board.first_author,
    first_board.first_author_papers,
    last_board.last_author,
    last_board.last_author_papers
FROM (
    SELECT
        name AS first_author,
        first_author_papers
    FROM mart_author
    ORDER BY first_author_papers DESC NULLS LAST, name, author_key
    LIMIT 10
) AS first_board
POSITIONAL JOIN ( -- noqa: ST05
    SELECT
        name AS last_author,
        last_author_papers
    FROM mart_author
    ORDER BY last_author_papers DESC NULLS LAST, name, author_key
    LIMIT 10
) AS last_board
ORDER BY place
