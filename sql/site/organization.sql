-- Organisation, as Hugging Face names it
SELECT
    coalesce(organization.full_name, organization.name) AS title,
    organization.name,
    organization.names,
    organization.papers,
    organization.voted_papers,
    organization.votes,
    round(organization.mean_votes, 1) AS mean_votes,
    organization.github_stars,
    organization.first_listed_on,
    organization.last_listed_on
FROM dim_organization AS asked
INNER JOIN mart_organization AS organization
    ON asked.canonical_name = organization.name
WHERE asked.name = $1
