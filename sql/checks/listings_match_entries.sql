-- error: every entry has its listing, unless it is of another day, and every listing its entry
WITH entry AS (
    SELECT DISTINCT
        arxiv_id,
        source,
        listed_on
    FROM stg_entry
    WHERE doubt IS DISTINCT FROM 'another day'
),

listing AS (
    SELECT
        paper.arxiv_id,
        source.source,
        fact.listed_on
    FROM fact_listing AS fact
    INNER JOIN dim_paper AS paper
        ON fact.paper_key = paper.paper_key
    INNER JOIN dim_source AS source
        ON fact.source_key = source.source_key
)

SELECT
    coalesce(entry.arxiv_id, listing.arxiv_id) AS arxiv_id,
    coalesce(entry.source, listing.source) AS source,
    coalesce(entry.listed_on, listing.listed_on) AS listed_on,
    CASE WHEN entry.arxiv_id IS NULL THEN 'no entry' ELSE 'no listing' END AS problem
FROM entry
FULL JOIN listing
    ON
        entry.arxiv_id = listing.arxiv_id
        AND entry.source = listing.source
        AND entry.listed_on = listing.listed_on
WHERE entry.arxiv_id IS NULL OR listing.arxiv_id IS NULL
