-- stg_keyword: one row a paper and keyword, from the newest capture of the paper that has any.
-- A keyword whose key another keyword has is left out.
WITH ranked AS (
    SELECT
        entry.paper_key,
        keyword.keyword,
        dense_rank() OVER (
            PARTITION BY entry.paper_key
            ORDER BY
                entry.doubt IS NOT NULL,
                entry.captured_at DESC,
                entry.listed_on DESC,
                entry.archive
        ) AS age
    FROM lake_keyword AS keyword
    INNER JOIN stg_entry AS entry
        ON
            keyword.source = entry.source
            AND keyword.listed_on = entry.listed_on
            AND keyword.captured_at = entry.captured_at
            AND keyword.archive = entry.archive
            AND keyword.arxiv_id = entry.arxiv_id
)

SELECT DISTINCT
    ranked.paper_key,
    CAST('0x' || substr(md5(ranked.keyword), 1, 15) AS BIGINT) AS keyword_key,
    ranked.keyword
FROM ranked
LEFT JOIN stg_collision AS lost
    ON lost.kind = 'keyword' AND ranked.keyword = lost.name
WHERE ranked.age = 1 AND lost.name IS NULL
