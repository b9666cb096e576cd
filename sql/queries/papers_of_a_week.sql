-- Which papers of the newest week led by votes when they were first seen, and where do they stand now?
WITH listed AS (
    SELECT
        velocity.arxiv_id,
        velocity.title,
        velocity.first_votes,
        velocity.last_votes,
        dense_rank() OVER (ORDER BY day.iso_year DESC, day.iso_week DESC) AS weeks_back
    FROM mart_vote_velocity AS velocity
    INNER JOIN dim_date AS day
        ON velocity.first_listed_on = day.date
)

SELECT
    rank() OVER (ORDER BY first_votes DESC) AS rank_then,
    rank() OVER (ORDER BY last_votes DESC) AS rank_now,
    arxiv_id,
    title,
    first_votes AS votes_then,
    last_votes AS votes_now
FROM listed
WHERE weeks_back = 1
ORDER BY rank_then, arxiv_id
LIMIT 10
