-- bridge_paper_category: one row a paper and subject.
SELECT
    paper_key,
    CAST('0x' || substr(md5(category), 1, 15) AS BIGINT) AS category_key,
    is_primary
FROM stg_paper_category
ORDER BY paper_key
