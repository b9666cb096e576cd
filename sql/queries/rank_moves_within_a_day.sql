-- Which papers moved furthest in a day's ranking by votes, from its first to its last capture?
WITH ranked AS (
    SELECT
        paper_key,
        source_key,
        listed_on,
        captured_at,
        -- By votes: fact_listing has the place on the list too, but only at the first capture.
        rank() OVER (PARTITION BY source_key, listed_on, captured_at ORDER BY votes DESC NULLS LAST) AS place
    FROM fact_vote
)

SELECT
    paper.arxiv_id,
    paper.title,
    ranked.listed_on,
    min_by(ranked.place, ranked.captured_at) AS rank_first,
    max_by(ranked.place, ranked.captured_at) AS rank_last
FROM ranked
INNER JOIN dim_paper AS paper ON ranked.paper_key = paper.paper_key
GROUP BY paper.arxiv_id, paper.title, ranked.listed_on, ranked.source_key
HAVING rank_first <> rank_last
ORDER BY abs(rank_first - rank_last) DESC, ranked.listed_on DESC, paper.arxiv_id
LIMIT 10
