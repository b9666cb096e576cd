-- fact_listing: one row a paper, source and day listed.
SELECT
    paper_key,
    source_key,
    listed_on,
    rank,
    votes_at_capture,
    is_still_listed
FROM stg_listing
ORDER BY
    listed_on,
    source_key,
    rank,
    paper_key
