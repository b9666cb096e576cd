-- mart_organization: one row a canonical organisation that has papers, with their votes and stars.
WITH owned AS (
    SELECT
        canonical.organization_key,
        spelling.name AS spelled_name,
        paper.arxiv_id,
        paper.title,
        paper.first_listed_on,
        paper.last_listed_on,
        paper.latest_votes,
        paper.github_stars,
        row_number() OVER (
            PARTITION BY canonical.organization_key
            ORDER BY
                paper.latest_votes DESC NULLS LAST,
                paper.first_listed_on,
                paper.arxiv_id
        ) AS place,
        -- Papers that share a repository share its stars, which count once.
        row_number() OVER (
            PARTITION BY
                canonical.organization_key,
                lower(coalesce(paper.github_repo, paper.arxiv_id))
            ORDER BY
                paper.github_stars DESC NULLS LAST,
                paper.arxiv_id
        ) AS place_of_repository
    FROM dim_paper AS paper
    INNER JOIN dim_organization AS spelling
        ON paper.organization_key = spelling.organization_key
    INNER JOIN dim_organization AS canonical
        ON spelling.canonical_name = canonical.name
),

summed AS (
    SELECT
        organization_key,
        count(DISTINCT spelled_name) AS names,
        count(*) AS papers,
        count(latest_votes) AS voted_papers,
        sum(latest_votes) AS votes,
        avg(latest_votes) AS mean_votes,
        sum(CASE WHEN place_of_repository = 1 THEN github_stars END) AS github_stars,
        max(CASE WHEN place = 1 AND latest_votes IS NOT NULL THEN arxiv_id END) AS best_arxiv_id,
        max(CASE WHEN place = 1 AND latest_votes IS NOT NULL THEN title END) AS best_title,
        max(latest_votes) AS best_votes,
        min(first_listed_on) AS first_listed_on,
        max(last_listed_on) AS last_listed_on
    FROM owned
    GROUP BY organization_key
)

SELECT
    organization.organization_key,
    organization.name,
    organization.full_name,
    CAST(summed.names AS INTEGER) AS names,
    CAST(summed.papers AS INTEGER) AS papers,
    CAST(summed.voted_papers AS INTEGER) AS voted_papers,
    CAST(summed.votes AS BIGINT) AS votes,
    summed.mean_votes,
    CAST(summed.github_stars AS BIGINT) AS github_stars,
    summed.best_arxiv_id,
    summed.best_title,
    summed.best_votes,
    summed.first_listed_on,
    summed.last_listed_on
FROM summed
INNER JOIN dim_organization AS organization
    ON summed.organization_key = organization.organization_key
ORDER BY
    summed.papers DESC,
    organization.name
