-- Which papers gained the most votes from one capture to the next of the same source?
SELECT
    paper.arxiv_id,
    paper.title,
    paper.first_listed_on,
    vote.captured_at,
    vote.votes - vote.votes_gained AS votes_before,
    vote.votes,
    vote.votes_gained
FROM fact_vote AS vote
INNER JOIN dim_paper AS paper
    ON vote.paper_key = paper.paper_key
WHERE vote.votes_gained > 0
ORDER BY
    vote.votes_gained DESC,
    paper.arxiv_id,
    vote.captured_at,
    vote.listed_on
LIMIT 5
