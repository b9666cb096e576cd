-- error: every paper has the keywords of its newest list of keywords, and no others
WITH ranked AS (
    SELECT
        keyword.arxiv_id,
        keyword.keyword,
        dense_rank() OVER (
            PARTITION BY keyword.arxiv_id
            ORDER BY
                entry.doubt IS NOT NULL,
                keyword.captured_at DESC,
                keyword.listed_on DESC,
                keyword.archive
        ) AS age
    FROM lake_keyword AS keyword
    INNER JOIN stg_entry AS entry
        ON
            keyword.source = entry.source
            AND keyword.listed_on = entry.listed_on
            AND keyword.captured_at = entry.captured_at
            AND keyword.archive = entry.archive
            AND keyword.arxiv_id = entry.arxiv_id
),

printed AS (
    SELECT DISTINCT
        ranked.arxiv_id,
        ranked.keyword
    FROM ranked
    LEFT JOIN stg_collision AS lost
        ON lost.kind = 'keyword' AND ranked.keyword = lost.name
    WHERE ranked.age = 1 AND lost.name IS NULL
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
