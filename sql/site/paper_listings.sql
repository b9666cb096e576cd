-- Lists that name it
SELECT
    listing.listed_on,
    source.source,
    listing.rank,
    listing.votes_at_capture,
    listing.is_still_listed
FROM dim_paper AS paper
INNER JOIN fact_listing AS listing
    ON paper.paper_key = listing.paper_key
INNER JOIN dim_source AS source
    ON listing.source_key = source.source_key
WHERE paper.arxiv_id = $1
ORDER BY
    listing.listed_on,
    source.source
