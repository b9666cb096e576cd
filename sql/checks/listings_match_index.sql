-- warn: on days that the index of a source names, its lists hold the papers that the index names
WITH listed AS (
    SELECT
        source.source,
        listing.listed_on,
        paper.arxiv_id
    FROM fact_listing AS listing
    INNER JOIN dim_source AS source
        ON listing.source_key = source.source_key
    INNER JOIN dim_paper AS paper
        ON listing.paper_key = paper.paper_key
),

compared AS (
    SELECT
        source,
        listed_on
    FROM listed
    INTERSECT
    SELECT
        source,
        listed_on
    FROM lake_index
)

SELECT
    compared.source,
    coalesce(listed.listed_on, named.listed_on) AS listed_on,
    coalesce(listed.arxiv_id, named.arxiv_id) AS arxiv_id,
    CASE WHEN listed.arxiv_id IS NULL THEN 'only in the index' ELSE 'only in the list' END AS found
FROM listed
FULL OUTER JOIN lake_index AS named
    ON
        listed.source = named.source
        AND listed.listed_on = named.listed_on
        AND listed.arxiv_id = named.arxiv_id
INNER JOIN compared
    ON
        coalesce(listed.source, named.source) = compared.source
        AND coalesce(listed.listed_on, named.listed_on) = compared.listed_on
WHERE
    listed.arxiv_id IS NULL
    OR named.arxiv_id IS NULL
ORDER BY
    compared.source,
    coalesce(listed.listed_on, named.listed_on),
    coalesce(listed.arxiv_id, named.arxiv_id)
