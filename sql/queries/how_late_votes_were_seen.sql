-- Of how many papers are the votes known at an age, and how closely?
SELECT
    aged.age_hours,
    count(*) AS papers_between_observations,
    count(CASE WHEN aged.is_narrow THEN 1 END) AS papers_known_closely,
    round(median(aged.gap_hours), 1) AS median_gap_hours,
    (
        SELECT count(DISTINCT observation.paper_key)
        FROM fact_observation AS observation
        WHERE observation.votes IS NOT NULL AND observation.hours_since_listed >= aged.age_hours
    ) AS papers_seen_then_or_later
FROM fact_vote_age AS aged
GROUP BY aged.age_hours
ORDER BY aged.age_hours
