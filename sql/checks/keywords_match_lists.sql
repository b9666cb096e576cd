-- error: every paper has the keywords of its newest list of keywords, and no others
WITH printed AS (
    SELECT DISTINCT
        arxiv_id,
        keyword
    FROM lake_keyword
    QUALIFY dense_rank() OVER (PARTITION BY arxiv_id ORDER BY captured_at DESC, listed_on DESC) = 1
),

kept AS (
    SELECT
        paper.arxiv_id,
        keyword.keyword
    FROM bridge_paper_keyword AS bridge
    INNER JOIN dim_paper AS paper
        ON bridge.paper_key = paper.paper_key
    INNER JOIN dim_keyword AS keyword
        ON bridge.keyword_key = keyword.keyword_key
)

SELECT
    coalesce(printed.arxiv_id, kept.arxiv_id) AS arxiv_id,
    coalesce(printed.keyword, kept.keyword) AS keyword,
    CASE WHEN kept.arxiv_id IS NULL THEN 'lost' ELSE 'not in the list' END AS problem
FROM printed
FULL JOIN kept
    ON printed.arxiv_id = kept.arxiv_id AND printed.keyword = kept.keyword
WHERE printed.arxiv_id IS NULL OR kept.arxiv_id IS NULL
