-- warn: on days that the archive's own index names, its digests list the papers that the index lists
WITH listed AS (
    SELECT
        listing.listed_on,
        paper.arxiv_id
    FROM fact_listing AS listing
    INNER JOIN dim_source AS source
        ON listing.source_key = source.source_key
    INNER JOIN dim_paper AS paper
        ON listing.paper_key = paper.paper_key
    WHERE source.source = 'digest'
),

compared AS (
    SELECT listed_on FROM listed
    INTERSECT
    SELECT listed_on FROM lake_index
)

SELECT
    coalesce(listed.listed_on, named.listed_on) AS listed_on,
    coalesce(listed.arxiv_id, named.arxiv_id) AS arxiv_id,
    CASE WHEN listed.arxiv_id IS NULL THEN 'in the index alone' ELSE 'in a digest alone' END AS found
FROM listed
FULL OUTER JOIN lake_index AS named
    ON
        listed.listed_on = named.listed_on
        AND listed.arxiv_id = named.arxiv_id
INNER JOIN compared
    ON coalesce(listed.listed_on, named.listed_on) = compared.listed_on
WHERE
    listed.arxiv_id IS NULL
    OR named.arxiv_id IS NULL
ORDER BY
    coalesce(listed.listed_on, named.listed_on),
    coalesce(listed.arxiv_id, named.arxiv_id)
