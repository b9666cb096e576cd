-- warn: votes that fell by more than half from one capture of a paper to the next
WITH capture AS (
    SELECT
        paper_key,
        source_key,
        listed_on,
        captured_at,
        votes,
        votes - votes_gained AS votes_before
    FROM fact_vote
)

SELECT
    paper.arxiv_id,
    source.source,
    capture.listed_on,
    capture.captured_at,
    capture.votes_before,
    capture.votes
FROM capture
INNER JOIN dim_paper AS paper
    ON capture.paper_key = paper.paper_key
INNER JOIN dim_source AS source
    ON capture.source_key = source.source_key
WHERE 2 * capture.votes < capture.votes_before
