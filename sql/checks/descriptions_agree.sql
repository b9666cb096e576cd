-- warn: titles or authors of more than one paper in ten, of twenty or more, differ between their best list and arXiv
WITH compared AS (
    SELECT count(DISTINCT described.paper_key) AS papers
    FROM stg_description AS described
    INNER JOIN stg_entry AS entry
        ON described.paper_key = entry.paper_key
    INNER JOIN lake_source AS source
        ON entry.source = source.source
    WHERE source.knows_author_order
),

differing AS (
    SELECT
        kind,
        count(*) AS papers
    FROM meta_difference
    GROUP BY kind
)

SELECT
    differing.kind,
    differing.papers,
    compared.papers AS papers_compared
FROM differing
CROSS JOIN compared
WHERE compared.papers >= 20 AND 10 * differing.papers > compared.papers
