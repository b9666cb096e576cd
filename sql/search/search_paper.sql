-- search_paper: one row a paper, with the short number that stands for it in search_term.
-- The search layer is for DuckDB alone: it is no part of what other engines can run.
SELECT
    CAST(row_number() OVER (ORDER BY arxiv_id) AS INTEGER) AS paper_number,
    paper_key
FROM dim_paper
ORDER BY arxiv_id
