-- How does the share of the five organisations with the most papers move from month to month?
WITH leading_organization AS (
    SELECT
        organization_key,
        row_number() OVER (ORDER BY papers DESC, votes DESC NULLS LAST, name) AS place
    FROM mart_organization
)

SELECT
    coalesce(trend.full_name, trend.name) AS organization,
    trend.month,
    trend.papers,
    trend.month_papers,
    round(100 * trend.share, 1) AS percent_of_month,
    trend.rank
FROM mart_organization_month AS trend
INNER JOIN leading_organization
    ON trend.organization_key = leading_organization.organization_key AND leading_organization.place <= 5
ORDER BY
    leading_organization.place,
    trend.month
