-- How many hours pass until papers have 90 % of their last known votes, and the most that were seen?
SELECT
    day.year,
    count(*) AS papers_seen_twice,
    round(median(velocity.observed_hours), 1) AS median_hours_observed,
    count(CASE WHEN velocity.last_votes > velocity.first_votes THEN 1 END) AS papers_that_rose,
    count(velocity.hours_to_90_percent) AS papers_seen_to_pass_90,
    round(median(velocity.hours_to_90_percent), 1) AS median_hours_to_90,
    round(median(velocity.hours_to_peak), 1) AS median_hours_to_peak,
    round(max(velocity.hours_to_peak), 1) AS longest_hours_to_peak
FROM mart_vote_velocity AS velocity
INNER JOIN dim_date AS day
    ON velocity.first_listed_on = day.date
WHERE velocity.observations > 1
GROUP BY day.year
ORDER BY day.year
