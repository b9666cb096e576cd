-- dim_keyword: one row a keyword, in lower case and with white space folded.
SELECT DISTINCT
    keyword.keyword_key,
    keyword.keyword,
    folded.canonical_keyword
FROM stg_keyword AS keyword
INNER JOIN stg_folded_keyword AS folded
    ON keyword.keyword = folded.keyword
