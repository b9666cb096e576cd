-- keywords: one row a month with keywords and each of the forty that stand on most papers.
WITH leading_keyword AS (
    SELECT
        keyword_key,
        keyword
    FROM mart_keyword_month
    GROUP BY
        keyword_key,
        keyword
    ORDER BY
        sum(papers) DESC,
        sum(votes) DESC NULLS LAST,
        keyword
    LIMIT 40
),

month AS (
    SELECT
        month,
        max(month_papers) AS month_papers
    FROM mart_keyword_month
    GROUP BY month
)

SELECT
    month.month,
    leading_keyword.keyword,
    coalesce(counted.papers, 0) AS papers,
    month.month_papers
FROM month
CROSS JOIN leading_keyword
LEFT JOIN mart_keyword_month AS counted
    ON month.month = counted.month AND leading_keyword.keyword_key = counted.keyword_key
ORDER BY
    month.month,
    leading_keyword.keyword
