-- error: every paper has a number in search_paper, and every number in search_term is that of a paper
SELECT
    'paper without a number' AS problem,
    paper.arxiv_id AS of_what
FROM dim_paper AS paper
LEFT JOIN search_paper AS numbered
    ON paper.paper_key = numbered.paper_key
WHERE numbered.paper_number IS NULL
UNION ALL
SELECT
    'number without a paper' AS problem,
    CAST(found.paper_number AS VARCHAR) AS of_what
FROM search_term AS found
LEFT JOIN search_paper AS numbered
    ON found.paper_number = numbered.paper_number
WHERE numbered.paper_number IS NULL
