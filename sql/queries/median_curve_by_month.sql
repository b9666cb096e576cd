-- How do the votes of papers grow with their age, by the month of their first list?
SELECT
    day.year,
    day.month,
    count(CASE WHEN aged.age_hours = 24 THEN 1 END) AS papers_at_24h,
    count(CASE WHEN aged.age_hours = 168 THEN 1 END) AS papers_at_7d,
    round(median(CASE WHEN aged.age_hours = 6 THEN aged.votes END), 1) AS votes_6h,
    round(median(CASE WHEN aged.age_hours = 12 THEN aged.votes END), 1) AS votes_12h,
    round(median(CASE WHEN aged.age_hours = 24 THEN aged.votes END), 1) AS votes_24h,
    round(median(CASE WHEN aged.age_hours = 48 THEN aged.votes END), 1) AS votes_48h,
    round(median(CASE WHEN aged.age_hours = 72 THEN aged.votes END), 1) AS votes_72h,
    round(median(CASE WHEN aged.age_hours = 168 THEN aged.votes END), 1) AS votes_7d,
    round(median(CASE WHEN aged.age_hours = 336 THEN aged.votes END), 1) AS votes_14d
FROM fact_vote_age AS aged
INNER JOIN dim_paper AS paper
    ON aged.paper_key = paper.paper_key
INNER JOIN dim_date AS day
    ON paper.first_listed_on = day.date
WHERE aged.is_narrow
GROUP BY day.year, day.month
ORDER BY day.year, day.month
