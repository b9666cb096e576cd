-- Which names have the most papers to their credit when each paper is shared equally among its authors?
SELECT
    name,
    hf_user,
    papers,
    round(fractional_credit, 2) AS credit,
    round(fractional_votes, 1) AS votes_to_their_credit,
    best_arxiv_id,
    best_title
FROM mart_author
ORDER BY
    fractional_credit DESC,
    papers DESC,
    name,
    author_key
LIMIT 10
