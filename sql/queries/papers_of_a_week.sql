-- Which papers of the newest week led by votes when they were first seen, and where do they stand now?
WITH newest AS (
    SELECT
        day.iso_year,
        day.iso_week
    FROM dim_date AS day
    WHERE day.date = (SELECT max(velocity.first_listed_on) FROM mart_vote_velocity AS velocity)
)

SELECT
    rank() OVER (ORDER BY velocity.first_votes DESC) AS rank_then,
    rank() OVER (ORDER BY velocity.last_votes DESC) AS rank_now,
    velocity.arxiv_id,
    velocity.title,
    velocity.first_votes AS votes_then,
    velocity.last_votes AS votes_now
FROM newest
INNER JOIN dim_date AS day ON newest.iso_year = day.iso_year AND newest.iso_week = day.iso_week
INNER JOIN mart_vote_velocity AS velocity ON day.date = velocity.first_listed_on
ORDER BY rank_then, velocity.arxiv_id
LIMIT 10
