-- Who wrote with them most often
WITH asked AS (
    SELECT author_key
    FROM dim_author
    WHERE name_normalized = lower(nfc_normalize($1)) OR name = $1
)

SELECT
    author.name AS author,
    count(*) AS papers_together
FROM asked
INNER JOIN bridge_paper_author AS written
    ON asked.author_key = written.author_key
INNER JOIN bridge_paper_author AS together
    ON written.paper_key = together.paper_key
INNER JOIN dim_author AS author
    ON together.author_key = author.author_key
WHERE together.author_key <> asked.author_key
GROUP BY
    author.author_key,
    author.name
ORDER BY
    papers_together DESC,
    author.name
LIMIT 20
