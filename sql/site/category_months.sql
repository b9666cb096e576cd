-- Papers by month: the main subject and the others count; shares are of the papers that were described
WITH described AS (
    SELECT
        CAST(date_trunc('month', paper.first_listed_on) AS DATE) AS month,
        count(DISTINCT paper.paper_key) AS papers
    FROM bridge_paper_category AS held
    INNER JOIN dim_paper AS paper
        ON held.paper_key = paper.paper_key
    GROUP BY date_trunc('month', paper.first_listed_on)
),

counted AS (
    SELECT
        CAST(date_trunc('month', paper.first_listed_on) AS DATE) AS month,
        count(*) AS papers,
        count(*) FILTER (held.is_primary) AS as_main_subject,
        CAST(sum(paper.latest_votes) AS BIGINT) AS votes
    FROM dim_category AS asked
    INNER JOIN bridge_paper_category AS held
        ON asked.category_key = held.category_key
    INNER JOIN dim_paper AS paper
        ON held.paper_key = paper.paper_key
    WHERE asked.category = $1
    GROUP BY date_trunc('month', paper.first_listed_on)
)

SELECT
    counted.month,
    counted.papers,
    counted.as_main_subject,
    round(100 * counted.papers / described.papers, 1) AS percent_of_month,
    counted.votes
FROM counted
INNER JOIN described
    ON counted.month = described.month
ORDER BY counted.month
