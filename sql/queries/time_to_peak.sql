-- How many hours pass until papers have 90 % of their last votes, of papers that were watched for two weeks?
SELECT
    day.year,
    count(*) AS papers_seen_for_14_days,
    count(velocity.hours_to_90_percent) AS papers_seen_to_pass_90,
    round(median(velocity.hours_to_90_percent), 1) AS median_hours_to_90,
    round(median(velocity.gap_hours_90_percent), 1) AS median_gap_hours,
    round(median(velocity.hours_to_peak), 1) AS median_hours_to_peak
FROM mart_vote_velocity AS velocity
INNER JOIN dim_date AS day
    ON velocity.first_listed_on = day.date
WHERE velocity.gap_hours_14d <= 672
GROUP BY day.year
ORDER BY day.year
