-- dim_keyword: one row a keyword, case and white space folded.
SELECT DISTINCT
    keyword_key,
    keyword
FROM stg_keyword
