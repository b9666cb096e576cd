-- error: every term of every paper's title stands in the search table, once
WITH spoken AS (
    SELECT DISTINCT
        paper_key,
        unnest(search_tokens(title)) AS term
    FROM dim_paper
)

SELECT
    paper.arxiv_id,
    spoken.term,
    count(found.term) AS copies
FROM spoken
INNER JOIN dim_paper AS paper
    ON spoken.paper_key = paper.paper_key
LEFT JOIN search_paper AS numbered
    ON spoken.paper_key = numbered.paper_key
LEFT JOIN search_term AS found
    ON numbered.paper_number = found.paper_number AND spoken.term = found.term
GROUP BY
    paper.arxiv_id,
    spoken.term
HAVING count(found.term) <> 1
