-- warn: a paper that was listed before arXiv published it
SELECT
    arxiv_id,
    published_on,
    first_listed_on
FROM dim_paper
WHERE first_listed_on < published_on
