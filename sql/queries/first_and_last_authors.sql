-- Which names stand first, and which last, on the most papers whose order of authors is known?
WITH board AS (
    SELECT
        name,
        author_key,
        first_author_papers,
        last_author_papers,
        row_number() OVER (ORDER BY first_author_papers DESC NULLS LAST, name, author_key) AS first_place,
        row_number() OVER (ORDER BY last_author_papers DESC NULLS LAST, name, author_key) AS last_place
    FROM mart_author
)

SELECT
    first_board.first_place AS place,
    first_board.name AS first_author,
    first_board.first_author_papers,
    last_board.name AS last_author,
    last_board.last_author_papers
FROM board AS first_board
INNER JOIN board AS last_board
    ON first_board.first_place = last_board.last_place
WHERE first_board.first_place <= 10
ORDER BY place
