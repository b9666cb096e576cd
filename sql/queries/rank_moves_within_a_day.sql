-- Which papers moved furthest in a day's ranking by votes, from its first to its last capture?
WITH ranked AS (
    SELECT
        vote.paper_key,
        vote.source_key,
        vote.listed_on,
        vote.captured_at,
        rank() OVER (PARTITION BY day.source, day.date, vote.captured_at ORDER BY vote.votes DESC NULLS LAST) AS place
    FROM fact_vote AS vote
    INNER JOIN dim_source AS source ON vote.source_key = source.source_key
    INNER JOIN mart_coverage AS day ON vote.listed_on = day.date AND source.source = day.source AND day.captures > 1
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
