-- Papers by month
SELECT
    trend.month,
    trend.papers,
    round(100 * trend.share, 1) AS percent_of_month,
    trend.rank,
    trend.votes
FROM dim_keyword AS asked
INNER JOIN mart_keyword_month AS trend
    ON asked.canonical_keyword = trend.keyword
WHERE asked.keyword = $1
ORDER BY trend.month
