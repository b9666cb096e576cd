-- On which weekday of listing do votes come fastest?
SELECT
    weekday,
    count(*) AS papers,
    round(avg(first_votes), 1) AS mean_first_votes,
    count(votes_24h) AS papers_known_at_24h,
    round(avg(votes_24h), 1) AS mean_votes_24h,
    count(CASE WHEN observed_hours > 0 THEN 1 END) AS papers_seen_twice,
    sum(CASE WHEN observed_hours > 0 THEN last_votes - first_votes END) AS votes_gained,
    round(sum(last_votes - first_votes) / nullif(sum(observed_hours), 0), 2) AS votes_per_hour
FROM mart_vote_velocity
GROUP BY
    day_of_week,
    weekday
ORDER BY day_of_week
