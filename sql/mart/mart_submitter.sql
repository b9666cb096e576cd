-- mart_submitter: one row a user who put papers on the lists.
WITH submitted AS (
    SELECT
        submitted_by,
        arxiv_id,
        title,
        first_listed_on,
        latest_votes,
        row_number() OVER (
            PARTITION BY submitted_by
            ORDER BY
                latest_votes DESC NULLS LAST,
                first_listed_on,
                arxiv_id
        ) AS place
    FROM dim_paper
    WHERE submitted_by IS NOT NULL
)

SELECT
    submitted_by,
    CAST(count(*) AS INTEGER) AS papers,
    CAST(count(DISTINCT first_listed_on) AS INTEGER) AS days,
    CAST(count(latest_votes) AS INTEGER) AS voted_papers,
    CAST(sum(latest_votes) AS BIGINT) AS votes,
    avg(latest_votes) AS mean_votes,
    max(CASE WHEN place = 1 AND latest_votes IS NOT NULL THEN arxiv_id END) AS best_arxiv_id,
    max(CASE WHEN place = 1 AND latest_votes IS NOT NULL THEN title END) AS best_title,
    max(latest_votes) AS best_votes,
    min(first_listed_on) AS first_listed_on,
    max(first_listed_on) AS last_listed_on
FROM submitted
GROUP BY submitted_by
ORDER BY
    papers DESC,
    submitted_by
