-- mart_organization_month: one row a canonical organisation and month in which papers of it were first listed.
WITH owned AS (
    SELECT
        paper.paper_key,
        paper.latest_votes,
        day.month_start AS month,
        canonical.organization_key,
        canonical.name,
        canonical.full_name
    FROM dim_paper AS paper
    INNER JOIN dim_date AS day
        ON paper.first_listed_on = day.date
    INNER JOIN dim_organization AS spelling
        ON paper.organization_key = spelling.organization_key
    INNER JOIN dim_organization AS canonical
        ON spelling.canonical_name = canonical.name
),

-- Papers of which an answer could name the organisation.
whole AS (
    SELECT
        day.month_start AS month,
        count(*) AS papers
    FROM dim_paper AS paper
    INNER JOIN dim_date AS day
        ON paper.first_listed_on = day.date
    WHERE paper.has_organization IS NOT NULL
    GROUP BY day.month_start
),

counted AS (
    SELECT
        organization_key,
        name,
        full_name,
        month,
        count(*) AS papers,
        sum(latest_votes) AS votes
    FROM owned
    GROUP BY
        organization_key,
        name,
        full_name,
        month
)

SELECT
    counted.organization_key,
    counted.month,
    counted.name,
    counted.full_name,
    CAST(counted.papers AS INTEGER) AS papers,
    CAST(counted.votes AS BIGINT) AS votes,
    CAST(whole.papers AS INTEGER) AS month_papers,
    CAST(counted.papers AS DOUBLE) / whole.papers AS share,
    CAST(rank() OVER (PARTITION BY counted.month ORDER BY counted.papers DESC) AS INTEGER) AS rank
FROM counted
INNER JOIN whole
    ON counted.month = whole.month
ORDER BY
    counted.month,
    counted.papers DESC,
    counted.name
