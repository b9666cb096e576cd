-- Which papers have their code only in the comment at arXiv, where no list names a repository?
SELECT
    arxiv_id,
    title,
    first_listed_on,
    latest_votes,
    code_url_in_comment,
    has_github_repo IS NOT NULL AS a_list_could_say
FROM mart_paper
WHERE code_url_in_comment IS NOT NULL AND github_repo IS NULL
ORDER BY
    latest_votes DESC NULLS LAST,
    arxiv_id
LIMIT 20
