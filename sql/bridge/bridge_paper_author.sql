-- bridge_paper_author: one row a paper and author.
-- Places are NULL where the list is from a source that does not know the order of authors.
WITH counted AS (
    SELECT
        paper_key,
        count(*) AS author_count,
        max(position) AS last_position
    FROM stg_authorship
    GROUP BY paper_key
)

SELECT
    authorship.paper_key,
    authorship.author_key,
    authorship.position,
    authorship.position = 1 AS is_first,
    authorship.position = counted.last_position AS is_last,
    CAST(1.0 AS DOUBLE) / counted.author_count AS weight,
    authorship.name_as_printed,
    authorship.is_hidden,
    authorship.affiliation
FROM stg_authorship AS authorship
INNER JOIN counted
    ON authorship.paper_key = counted.paper_key
ORDER BY
    authorship.paper_key,
    authorship.position
