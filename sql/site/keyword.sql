-- Keyword, with all of its spellings
WITH asked AS (
    SELECT canonical_keyword
    FROM dim_keyword
    WHERE keyword = $1
)

SELECT
    asked.canonical_keyword AS title,
    string_agg(keyword.keyword, ', ' ORDER BY keyword.keyword) AS spellings
FROM asked
INNER JOIN dim_keyword AS keyword
    ON asked.canonical_keyword = keyword.canonical_keyword
GROUP BY asked.canonical_keyword
