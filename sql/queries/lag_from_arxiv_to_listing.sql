-- How many days after arXiv published them are papers listed, and do later ones get fewer votes?
SELECT
    CASE
        WHEN first_listed_on < published_on THEN 'before'
        WHEN date_diff('day', published_on, first_listed_on) <= 3
            THEN CAST(date_diff('day', published_on, first_listed_on) AS VARCHAR)
        WHEN date_diff('day', published_on, first_listed_on) <= 7 THEN '4 to 7'
        WHEN date_diff('day', published_on, first_listed_on) <= 30 THEN '8 to 30'
        ELSE 'more than 30'
    END AS days,
    count(*) AS papers,
    round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS percent,
    median(latest_votes) AS median_votes,
    max(date_diff('day', published_on, first_listed_on)) AS longest
FROM mart_paper
WHERE published_on IS NOT NULL
GROUP BY days
ORDER BY longest
