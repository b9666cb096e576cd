-- Authors: in their order where a source knows it
SELECT
    author.position,
    name.name AS author,
    name.paper_count AS papers,
    name.hf_user
FROM dim_paper AS paper
INNER JOIN bridge_paper_author AS author
    ON paper.paper_key = author.paper_key
INNER JOIN dim_author AS name
    ON author.author_key = name.author_key
WHERE paper.arxiv_id = $1
ORDER BY
    author.position NULLS LAST,
    name.name
