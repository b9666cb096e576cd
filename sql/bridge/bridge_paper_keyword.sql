-- bridge_paper_keyword: one row a paper and keyword.
SELECT
    paper_key,
    keyword_key
FROM stg_keyword
ORDER BY paper_key
