-- Which subjects gained or lost the most of all papers, from each year to the next?
WITH whole AS (
    SELECT
        year(first_listed_on) AS year,
        count(primary_category) AS papers
    FROM mart_paper
    GROUP BY ALL
    HAVING count(primary_category) > 0
)

SELECT
    whole.year,
    trend.category,
    sum(CASE WHEN year(trend.month) < whole.year THEN trend.papers ELSE 0 END) AS papers_before,
    sum(CASE WHEN year(trend.month) = whole.year THEN trend.papers ELSE 0 END) AS papers_now,
    round(100 * papers_before / before.papers, 1) AS percent_before,
    round(100 * papers_now / whole.papers, 1) AS percent_now,
    round(percent_now - percent_before, 1) AS percent_gained
FROM whole
INNER JOIN whole AS before ON whole.year = before.year + 1
INNER JOIN mart_category_month AS trend ON year(trend.month) IN (before.year, whole.year)
GROUP BY whole.year, trend.category, whole.papers, before.papers
ORDER BY whole.year DESC, percent_gained DESC, trend.category
