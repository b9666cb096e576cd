-- On which weekday of listing do papers have the most votes at the age of 24 and of 72 hours?
SELECT
    weekday,
    count(CASE WHEN gap_hours_24h <= 48 THEN 1 END) AS papers_known_at_24h,
    round(median(CASE WHEN gap_hours_24h <= 48 THEN votes_24h END), 1) AS median_votes_24h,
    count(CASE WHEN gap_hours_72h <= 144 THEN 1 END) AS papers_known_at_72h,
    round(median(CASE WHEN gap_hours_72h <= 144 THEN votes_72h END), 1) AS median_votes_72h
FROM mart_vote_velocity
GROUP BY
    day_of_week,
    weekday
ORDER BY day_of_week
