-- Titles over time
SELECT
    version.version,
    version.title,
    version.valid_from,
    version.valid_to
FROM dim_paper AS paper
INNER JOIN dim_paper_version AS version
    ON paper.paper_key = version.paper_key
WHERE paper.arxiv_id = $1
ORDER BY version.version
