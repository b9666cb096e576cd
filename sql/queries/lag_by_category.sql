-- How many days pass from a paper's first version at arXiv to its first list, by main subject?
WITH lag AS (
    SELECT
        primary_category,
        date_diff('day', published_on, first_listed_on) AS days
    FROM mart_paper
    WHERE published_on IS NOT NULL AND primary_category IS NOT NULL
)

SELECT
    primary_category,
    count(*) AS papers,
    median(days) AS median_days,
    round(quantile_cont(days, 0.9), 1) AS days_of_slowest_tenth,
    round(100.0 * count(CASE WHEN days <= 3 THEN 1 END) / count(*), 1) AS percent_within_3_days,
    max(days) AS longest
FROM lag
GROUP BY primary_category
ORDER BY
    papers DESC,
    primary_category
