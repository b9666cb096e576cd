-- mart_category: one row a subject that papers have, with their votes.
WITH subjects AS (
    SELECT
        paper_key,
        count(*) AS categories
    FROM bridge_paper_category
    GROUP BY paper_key
),

tagged AS (
    SELECT
        bridge.category_key,
        bridge.is_primary,
        subjects.categories,
        paper.arxiv_id,
        paper.title,
        paper.first_listed_on,
        paper.last_listed_on,
        paper.latest_votes,
        row_number() OVER (
            PARTITION BY bridge.category_key
            ORDER BY
                paper.latest_votes DESC NULLS LAST,
                paper.first_listed_on,
                paper.arxiv_id
        ) AS place
    FROM bridge_paper_category AS bridge
    INNER JOIN subjects
        ON bridge.paper_key = subjects.paper_key
    INNER JOIN dim_paper AS paper
        ON bridge.paper_key = paper.paper_key
),

summed AS (
    SELECT
        category_key,
        count(*) AS papers,
        count(CASE WHEN is_primary THEN 1 END) AS primary_papers,
        count(CASE WHEN categories > 1 THEN 1 END) AS cross_listed_papers,
        count(latest_votes) AS voted_papers,
        sum(latest_votes) AS votes,
        avg(latest_votes) AS mean_votes,
        median(latest_votes) AS median_votes,
        max(CASE WHEN place = 1 AND latest_votes IS NOT NULL THEN arxiv_id END) AS best_arxiv_id,
        max(CASE WHEN place = 1 AND latest_votes IS NOT NULL THEN title END) AS best_title,
        max(latest_votes) AS best_votes,
        min(first_listed_on) AS first_listed_on,
        max(last_listed_on) AS last_listed_on
    FROM tagged
    GROUP BY category_key
)

SELECT
    category.category_key,
    category.category,
    category.name,
    category.archive,
    category.archive_name,
    CAST(summed.papers AS INTEGER) AS papers,
    CAST(summed.primary_papers AS INTEGER) AS primary_papers,
    CAST(summed.cross_listed_papers AS INTEGER) AS cross_listed_papers,
    CAST(summed.cross_listed_papers AS DOUBLE) / summed.papers AS cross_listed_share,
    CAST(summed.voted_papers AS INTEGER) AS voted_papers,
    CAST(summed.votes AS BIGINT) AS votes,
    summed.mean_votes,
    summed.median_votes,
    summed.best_arxiv_id,
    summed.best_title,
    summed.best_votes,
    summed.first_listed_on,
    summed.last_listed_on
FROM summed
INNER JOIN dim_category AS category
    ON summed.category_key = category.category_key
ORDER BY
    summed.papers DESC,
    category.category
