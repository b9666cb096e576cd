-- error: a listing shows the votes of the first capture that holds the paper
WITH first_entry AS (
    SELECT
        arxiv_id,
        source,
        listed_on,
        captured_at,
        archive
    FROM stg_entry
    QUALIFY row_number() OVER (PARTITION BY arxiv_id, source, listed_on ORDER BY (captured_at, archive)) = 1
)

SELECT
    paper.arxiv_id,
    entry.source,
    entry.listed_on,
    entry.votes AS votes_in_lake,
    listing.votes_at_capture AS votes_in_listing
FROM fact_listing AS listing
INNER JOIN dim_paper AS paper
    ON listing.paper_key = paper.paper_key
INNER JOIN dim_source AS source
    ON listing.source_key = source.source_key
INNER JOIN first_entry
    ON
        paper.arxiv_id = first_entry.arxiv_id
        AND source.source = first_entry.source
        AND listing.listed_on = first_entry.listed_on
INNER JOIN lake_entry AS entry
    ON
        first_entry.arxiv_id = entry.arxiv_id
        AND first_entry.source = entry.source
        AND first_entry.listed_on = entry.listed_on
        AND first_entry.captured_at = entry.captured_at
        AND first_entry.archive = entry.archive
WHERE entry.votes IS DISTINCT FROM listing.votes_at_capture
