-- fact_listing: one row a paper, source and day listed, as the first capture that holds the paper shows it.
SELECT
    paper_key,
    source_key,
    listed_on,
    rank,
    votes AS votes_at_capture
FROM stg_entry
WHERE doubt IS DISTINCT FROM 'another day'
QUALIFY row_number() OVER (PARTITION BY paper_key, source_key, listed_on ORDER BY captured_at, archive) = 1
ORDER BY
    listed_on,
    source_key,
    rank
