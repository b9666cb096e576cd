-- How do the share and the votes at 48 hours of the five most common subjects move from month to month?
WITH common AS (
    SELECT
        category_key,
        row_number() OVER (ORDER BY papers DESC, category) AS place
    FROM mart_category
)

SELECT
    trend.category,
    trend.month,
    trend.papers,
    trend.month_papers,
    round(100 * trend.share, 1) AS percent_of_month,
    trend.rank,
    trend.papers_48h,
    round(trend.median_votes_48h, 1) AS median_votes_48h
FROM mart_category_month AS trend
INNER JOIN common
    ON trend.category_key = common.category_key AND common.place <= 5
ORDER BY
    common.place,
    trend.month
