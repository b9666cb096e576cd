-- Papers in the subject, most votes first
SELECT
    paper.arxiv_id AS paper,
    paper.title,
    held.is_primary AS is_main_subject,
    paper.first_listed_on,
    paper.latest_votes
FROM dim_category AS asked
INNER JOIN bridge_paper_category AS held
    ON asked.category_key = held.category_key
INNER JOIN dim_paper AS paper
    ON held.paper_key = paper.paper_key
WHERE asked.category = $1
ORDER BY
    paper.latest_votes DESC NULLS LAST,
    paper.arxiv_id
LIMIT 200
