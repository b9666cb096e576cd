-- How does the share of the five most common keywords move from month to month?
WITH common AS (
    SELECT
        keyword_key,
        row_number() OVER (ORDER BY sum(papers) DESC, keyword) AS place
    FROM mart_keyword_month
    GROUP BY
        keyword_key,
        keyword
)

SELECT
    trend.keyword,
    trend.month,
    trend.papers,
    trend.month_papers,
    round(100 * trend.share, 1) AS percent_of_month,
    trend.rank
FROM mart_keyword_month AS trend
INNER JOIN common
    ON trend.keyword_key = common.keyword_key AND common.place <= 5
ORDER BY
    common.place,
    trend.month
