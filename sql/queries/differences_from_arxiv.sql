-- How many titles and lists of authors differ from what arXiv says, and in what?
WITH described AS (
    SELECT count(*) AS papers
    FROM dim_paper
    WHERE latest_arxiv_version IS NOT NULL
)

SELECT
    difference.kind,
    count(*) AS papers,
    round(100.0 * count(*) / max(described.papers), 2) AS percent_of_described_papers,
    min(paper.arxiv_id) AS example,
    min_by(difference.listed, paper.arxiv_id) AS listed,
    min_by(difference.described, paper.arxiv_id) AS described
FROM meta_difference AS difference
INNER JOIN dim_paper AS paper
    ON difference.paper_key = paper.paper_key
CROSS JOIN described
GROUP BY difference.kind
ORDER BY
    papers DESC,
    difference.kind
