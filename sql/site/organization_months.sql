-- Papers by month
SELECT
    trend.month,
    trend.papers,
    trend.rank,
    trend.votes
FROM dim_organization AS asked
INNER JOIN mart_organization_month AS trend
    ON asked.canonical_name = trend.name
WHERE asked.name = $1
ORDER BY trend.month
