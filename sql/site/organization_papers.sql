-- Its papers, most votes first
SELECT
    paper.arxiv_id AS paper,
    paper.title,
    paper.first_listed_on,
    paper.latest_votes
FROM dim_organization AS asked
INNER JOIN dim_organization AS organization
    ON asked.canonical_name = organization.canonical_name
INNER JOIN dim_paper AS paper
    ON organization.organization_key = paper.organization_key
WHERE asked.name = $1
ORDER BY
    paper.latest_votes DESC NULLS LAST,
    paper.arxiv_id
LIMIT 200
