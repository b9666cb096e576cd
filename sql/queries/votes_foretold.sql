-- How well do votes at 24 hours foretell those at 7 days, from 0 (not at all) to 1?
WITH known AS (
    SELECT
        day.year,
        velocity.votes_24h,
        velocity.votes_7d,
        rank() OVER (PARTITION BY day.year ORDER BY velocity.votes_24h) AS rank_24h,
        rank() OVER (PARTITION BY day.year ORDER BY velocity.votes_7d) AS rank_7d
    FROM mart_vote_velocity AS velocity
    INNER JOIN dim_date AS day
        ON velocity.first_listed_on = day.date
    WHERE velocity.votes_24h > 0 AND velocity.gap_hours_24h <= 48 AND velocity.gap_hours_7d <= 336
)

SELECT
    year,
    count(*) AS papers,
    round(corr(rank_24h, rank_7d), 3) AS correlation_of_ranks,
    round(median(votes_7d / votes_24h), 2) AS median_growth,
    round(quantile_cont(votes_7d / votes_24h, 0.1), 2) AS growth_of_slowest_tenth,
    round(quantile_cont(votes_7d / votes_24h, 0.9), 2) AS growth_of_fastest_tenth
FROM known
GROUP BY year
ORDER BY year
