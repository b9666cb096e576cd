-- How many papers, author names and votes does each month bring?
SELECT
    day.month_start,
    day.month_name,
    count(*) AS papers,
    sum(paper.author_count) AS authorships,
    sum(paper.latest_votes) AS votes,
    median(paper.latest_votes) AS median_votes
FROM dim_paper AS paper
INNER JOIN dim_date AS day
    ON paper.first_listed_on = day.date
GROUP BY
    day.month_start,
    day.month_name
ORDER BY day.month_start
