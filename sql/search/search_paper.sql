-- search_paper: one row a paper, with the short number that stands for it in search_term.
-- Numbers follow the order of rows in dim_paper, so that papers with neighbouring numbers lie together on the disk.
-- Only DuckDB runs the models of the search layer.
SELECT
    CAST(row_number() OVER (ORDER BY first_listed_on, arxiv_id) AS INTEGER) AS paper_number,
    paper_key,
    first_listed_on
FROM dim_paper
ORDER BY
    first_listed_on,
    arxiv_id
