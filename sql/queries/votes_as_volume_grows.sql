-- Do papers get fewer votes as lists grow longer, compared at the same age of the votes?
WITH list AS (
    SELECT
        listed_on,
        3 * CAST(floor(date_diff('second', CAST(listed_on AS TIMESTAMP), captured_at) / 10800.0) AS INTEGER) AS hours,
        count(*) AS papers,
        count(votes) AS voted_papers,
        sum(votes) AS votes
    FROM fact_vote
    GROUP BY listed_on, captured_at, source_key
)

SELECT
    list.hours AS hours_since_listed_from,
    day.year,
    day.quarter,
    count(DISTINCT list.listed_on) AS days,
    round(avg(list.papers), 1) AS papers_per_list,
    round(sum(list.votes) / sum(list.voted_papers), 1) AS votes_per_paper
FROM list
INNER JOIN dim_date AS day ON list.listed_on = day.date
WHERE list.voted_papers > 0
GROUP BY list.hours, day.year, day.quarter
ORDER BY list.hours, day.year, day.quarter
