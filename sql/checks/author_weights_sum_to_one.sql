-- error: the weights of a paper's authors sum to 1
SELECT
    paper.arxiv_id,
    count(*) AS authors,
    sum(bridge.weight) AS weight
FROM bridge_paper_author AS bridge
INNER JOIN dim_paper AS paper
    ON bridge.paper_key = paper.paper_key
GROUP BY paper.arxiv_id
HAVING abs(sum(bridge.weight) - 1) > 1e-9
