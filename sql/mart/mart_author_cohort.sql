-- mart_author_cohort: one row a month in which author names were first listed, and month in which they have papers.
WITH first_month AS (
    SELECT
        author.author_key,
        day.month_start AS cohort
    FROM dim_author AS author
    INNER JOIN dim_date AS day
        ON author.first_listed_on = day.date
),

sized AS (
    SELECT
        cohort,
        count(*) AS authors
    FROM first_month
    GROUP BY cohort
),

active AS (
    SELECT
        first_month.cohort,
        day.month_start AS month,
        count(DISTINCT bridge.author_key) AS active_authors,
        count(DISTINCT bridge.paper_key) AS papers
    FROM bridge_paper_author AS bridge
    INNER JOIN first_month
        ON bridge.author_key = first_month.author_key
    INNER JOIN dim_paper AS paper
        ON bridge.paper_key = paper.paper_key
    INNER JOIN dim_date AS day
        ON paper.first_listed_on = day.date
    GROUP BY
        first_month.cohort,
        day.month_start
)

SELECT
    active.cohort,
    active.month,
    CAST(
        12 * (extract(YEAR FROM active.month) - extract(YEAR FROM active.cohort))
        + extract(MONTH FROM active.month) - extract(MONTH FROM active.cohort) AS INTEGER
    ) AS months_since,
    CAST(sized.authors AS INTEGER) AS authors,
    CAST(active.active_authors AS INTEGER) AS active_authors,
    CAST(active.papers AS INTEGER) AS papers
FROM active
INNER JOIN sized
    ON active.cohort = sized.cohort
ORDER BY
    active.cohort,
    active.month
