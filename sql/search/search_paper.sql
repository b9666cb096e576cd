-- search_paper: one row a paper, with the short number that stands for it in search_term.
-- Numbers follow the order in which dim_paper lies, so that neighbours by number are neighbours on the disk.
-- The search layer is for DuckDB alone: it is no part of what other engines can run.
SELECT
    CAST(row_number() OVER (ORDER BY first_listed_on, arxiv_id) AS INTEGER) AS paper_number,
    paper_key,
    first_listed_on
FROM dim_paper
ORDER BY
    first_listed_on,
    arxiv_id
