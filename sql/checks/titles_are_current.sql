-- error: every paper has one current title, which is the title of dim_paper
WITH title AS (
    SELECT
        paper_key,
        count(*) AS titles,
        max(title) AS title
    FROM dim_paper_version
    WHERE is_current
    GROUP BY paper_key
)

SELECT
    paper.arxiv_id,
    paper.title,
    title.title AS current_title,
    coalesce(title.titles, 0) AS current_titles
FROM dim_paper AS paper
LEFT JOIN title
    ON paper.paper_key = title.paper_key
WHERE
    coalesce(title.titles, 0) <> 1
    OR paper.title IS DISTINCT FROM title.title
