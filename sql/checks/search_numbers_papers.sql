-- error: search_paper numbers every paper from 1 on without a gap, and every number in search_term is one of them
-- So the longest table is compared with two numbers, and not joined.
WITH counted AS (
    SELECT
        paper_number,
        row_number() OVER (ORDER BY paper_number) AS expected_number
    FROM search_paper
)

SELECT
    'paper without a number' AS problem,
    paper.arxiv_id AS of_what
FROM dim_paper AS paper
LEFT JOIN search_paper AS numbered
    ON paper.paper_key = numbered.paper_key
WHERE numbered.paper_number IS NULL
UNION ALL
SELECT
    'number after a gap, or twice' AS problem,
    CAST(paper_number AS VARCHAR) AS of_what
FROM counted
WHERE paper_number <> expected_number
UNION ALL
SELECT
    'number without a paper' AS problem,
    CAST(found.paper_number AS VARCHAR) AS of_what
FROM search_term AS found
WHERE
    found.paper_number < 1
    OR found.paper_number > (SELECT count(*) FROM search_paper)
