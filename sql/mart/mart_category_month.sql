-- mart_category_month: one row a subject and month in which papers with it were first listed.
WITH tagged AS (
    SELECT
        bridge.category_key,
        bridge.is_primary,
        paper.latest_votes,
        day.month_start AS month,
        aged.votes AS votes_48h
    FROM bridge_paper_category AS bridge
    INNER JOIN dim_paper AS paper
        ON bridge.paper_key = paper.paper_key
    INNER JOIN dim_date AS day
        ON paper.first_listed_on = day.date
    LEFT JOIN fact_vote_age AS aged
        ON bridge.paper_key = aged.paper_key AND aged.age_hours = 48 AND aged.is_narrow
),

-- A paper that nobody described may have any subject, so it is in no share.
described AS (
    SELECT DISTINCT paper_key
    FROM bridge_paper_category
),

whole AS (
    SELECT
        day.month_start AS month,
        count(described.paper_key) AS papers,
        count(*) AS listed_papers
    FROM dim_paper AS paper
    INNER JOIN dim_date AS day
        ON paper.first_listed_on = day.date
    LEFT JOIN described
        ON paper.paper_key = described.paper_key
    GROUP BY day.month_start
),

counted AS (
    SELECT
        category_key,
        month,
        count(*) AS papers,
        count(CASE WHEN is_primary THEN 1 END) AS primary_papers,
        sum(latest_votes) AS votes,
        count(votes_48h) AS papers_48h,
        median(votes_48h) AS median_votes_48h
    FROM tagged
    GROUP BY
        category_key,
        month
)

SELECT
    counted.category_key,
    counted.month,
    category.category,
    category.name,
    CAST(counted.papers AS INTEGER) AS papers,
    CAST(counted.primary_papers AS INTEGER) AS primary_papers,
    CAST(counted.votes AS BIGINT) AS votes,
    CAST(counted.papers_48h AS INTEGER) AS papers_48h,
    counted.median_votes_48h,
    CAST(whole.papers AS INTEGER) AS month_papers,
    CAST(whole.listed_papers AS INTEGER) AS month_listed_papers,
    CAST(counted.papers AS DOUBLE) / whole.papers AS share,
    CAST(rank() OVER (PARTITION BY counted.month ORDER BY counted.papers DESC) AS INTEGER) AS rank
FROM counted
INNER JOIN whole
    ON counted.month = whole.month
INNER JOIN dim_category AS category
    ON counted.category_key = category.category_key
ORDER BY
    counted.month,
    counted.papers DESC,
    category.category
