-- Who put the most papers on the lists, and how many votes did these get?
SELECT
    submitted_by,
    papers,
    days,
    votes,
    round(mean_votes, 1) AS votes_per_paper,
    best_votes,
    first_listed_on,
    last_listed_on
FROM mart_submitter
ORDER BY
    papers DESC,
    votes DESC NULLS LAST,
    submitted_by
LIMIT 10
