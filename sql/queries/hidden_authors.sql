-- Which authors does the site not show with their papers?
SELECT
    paper.arxiv_id,
    paper.title,
    bridge.name_as_printed,
    bridge.position
FROM bridge_paper_author AS bridge
INNER JOIN dim_paper AS paper
    ON bridge.paper_key = paper.paper_key
WHERE bridge.is_hidden
ORDER BY
    paper.first_listed_on,
    paper.arxiv_id,
    bridge.position
