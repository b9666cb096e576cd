-- dim_keyword: one row a keyword, in lower case and with white space folded.
SELECT DISTINCT
    keyword_key,
    keyword
FROM stg_keyword
