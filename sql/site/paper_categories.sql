-- Subjects: at arXiv, the main one first
SELECT
    category.category,
    category.name
FROM dim_paper AS paper
INNER JOIN bridge_paper_category AS held
    ON paper.paper_key = held.paper_key
INNER JOIN dim_category AS category
    ON held.category_key = category.category_key
WHERE paper.arxiv_id = $1
ORDER BY
    held.is_primary DESC,
    category.category
