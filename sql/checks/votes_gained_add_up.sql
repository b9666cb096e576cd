-- error: votes gained are the votes minus those of the capture before, of the same paper and source
WITH capture AS (
    SELECT
        paper_key,
        source_key,
        listed_on,
        captured_at,
        votes,
        votes_gained,
        row_number() OVER (PARTITION BY paper_key, source_key ORDER BY captured_at, archive_key, listed_on) AS place
    FROM fact_vote
)

SELECT
    paper.arxiv_id,
    source.source,
    capture.listed_on,
    capture.captured_at,
    earlier.votes AS votes_before,
    capture.votes,
    capture.votes_gained
FROM capture
INNER JOIN dim_paper AS paper
    ON capture.paper_key = paper.paper_key
INNER JOIN dim_source AS source
    ON capture.source_key = source.source_key
LEFT JOIN capture AS earlier
    ON
        capture.paper_key = earlier.paper_key
        AND capture.source_key = earlier.source_key
        AND capture.place = earlier.place + 1
WHERE capture.votes_gained IS DISTINCT FROM capture.votes - earlier.votes
