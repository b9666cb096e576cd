-- Which papers got most of their votes late: more than half of those at 7 days came after the third?
SELECT
    arxiv_id,
    title,
    first_listed_on,
    round(votes_24h) AS votes_24h,
    round(votes_72h) AS votes_72h,
    round(votes_7d) AS votes_7d,
    last_votes,
    round(gap_hours_7d) AS gap_hours_7d
FROM mart_vote_velocity
WHERE votes_7d >= 10 AND 2 * votes_72h < votes_7d AND gap_hours_72h <= 144
ORDER BY
    votes_7d - votes_72h DESC,
    arxiv_id
LIMIT 10
