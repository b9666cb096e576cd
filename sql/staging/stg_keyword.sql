-- stg_keyword: one row a paper and keyword, from the newest capture of the paper that has any.
WITH ranked AS (
    SELECT
        CAST('0x' || substr(md5(arxiv_id), 1, 15) AS BIGINT) AS paper_key,
        CAST('0x' || substr(md5(keyword), 1, 15) AS BIGINT) AS keyword_key,
        keyword,
        dense_rank() OVER (PARTITION BY arxiv_id ORDER BY captured_at DESC, listed_on DESC) AS age
    FROM lake_keyword
)

SELECT DISTINCT
    paper_key,
    keyword_key,
    keyword
FROM ranked
WHERE age = 1
