-- Which share of each month's papers has a repository, among those of which an answer could say?
SELECT
    day.month_start AS month,
    count(*) AS papers,
    count(paper.has_github_repo) AS known_papers,
    count(CASE WHEN paper.has_github_repo THEN 1 END) AS papers_with_code,
    round(100 * avg(CASE WHEN paper.has_github_repo THEN 1 WHEN NOT paper.has_github_repo THEN 0 END), 1) AS percent
FROM mart_paper AS paper
INNER JOIN dim_date AS day
    ON paper.first_listed_on = day.date
GROUP BY day.month_start
ORDER BY day.month_start
