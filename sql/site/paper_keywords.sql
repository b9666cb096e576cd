-- Keywords
SELECT DISTINCT keyword.canonical_keyword AS keyword
FROM dim_paper AS paper
INNER JOIN bridge_paper_keyword AS held
    ON paper.paper_key = held.paper_key
INNER JOIN dim_keyword AS keyword
    ON held.keyword_key = keyword.keyword_key
WHERE paper.arxiv_id = $1
ORDER BY keyword.canonical_keyword
