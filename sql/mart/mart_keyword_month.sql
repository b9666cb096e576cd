-- mart_keyword_month: one row a canonical keyword and month in which papers with it were first listed.
WITH tagged AS (
    SELECT DISTINCT
        canonical.keyword_key,
        bridge.paper_key,
        paper.latest_votes,
        day.month_start AS month
    FROM bridge_paper_keyword AS bridge
    INNER JOIN dim_keyword AS keyword
        ON bridge.keyword_key = keyword.keyword_key
    INNER JOIN dim_keyword AS canonical
        ON keyword.canonical_keyword = canonical.keyword
    INNER JOIN dim_paper AS paper
        ON bridge.paper_key = paper.paper_key
    INNER JOIN dim_date AS day
        ON paper.first_listed_on = day.date
),

whole AS (
    SELECT
        month,
        count(DISTINCT paper_key) AS papers
    FROM tagged
    GROUP BY month
),

counted AS (
    SELECT
        keyword_key,
        month,
        count(*) AS papers,
        sum(latest_votes) AS votes
    FROM tagged
    GROUP BY
        keyword_key,
        month
)

SELECT
    counted.keyword_key,
    counted.month,
    keyword.keyword,
    CAST(counted.papers AS INTEGER) AS papers,
    CAST(counted.votes AS BIGINT) AS votes,
    CAST(whole.papers AS INTEGER) AS month_papers,
    CAST(counted.papers AS DOUBLE) / whole.papers AS share,
    CAST(rank() OVER (PARTITION BY counted.month ORDER BY counted.papers DESC) AS INTEGER) AS rank
FROM counted
INNER JOIN whole
    ON counted.month = whole.month
INNER JOIN dim_keyword AS keyword
    ON counted.keyword_key = keyword.keyword_key
ORDER BY
    counted.month,
    counted.papers DESC,
    keyword.keyword
