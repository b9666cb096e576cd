-- Which organisations have the most papers, and how do these fare?
SELECT
    coalesce(full_name, name) AS organization,
    papers,
    votes,
    round(mean_votes, 1) AS votes_per_paper,
    github_stars,
    best_votes,
    best_title
FROM mart_organization
ORDER BY
    papers DESC,
    votes DESC NULLS LAST,
    name
LIMIT 10
