-- error: a term stands once for each paper in the search table, and the paper is there
SELECT
    found.term,
    found.paper_number,
    paper.arxiv_id,
    count(*) AS copies
FROM search_term AS found
LEFT JOIN search_paper AS numbered
    ON found.paper_number = numbered.paper_number
LEFT JOIN dim_paper AS paper
    ON numbered.paper_key = paper.paper_key
GROUP BY
    found.term,
    found.paper_number,
    paper.arxiv_id
HAVING count(*) > 1 OR paper.arxiv_id IS NULL
