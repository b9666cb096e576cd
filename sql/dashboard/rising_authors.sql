-- rising_authors: one row a month and each of its ten author names that gained most papers.
-- The three months that end with it are held against the three before.
WITH counted AS (
    SELECT
        bridge.author_key,
        CAST(date_trunc('month', paper.first_listed_on) AS DATE) AS month,
        count(*) AS papers,
        coalesce(sum(paper.latest_votes), 0) AS votes
    FROM bridge_paper_author AS bridge
    INNER JOIN mart_paper AS paper
        ON bridge.paper_key = paper.paper_key
    GROUP BY
        bridge.author_key,
        date_trunc('month', paper.first_listed_on)
),

-- A month's papers count in the three months from it on, and against the three after those.
spread AS (
    SELECT
        counted.author_key,
        CAST(counted.month + to_months(CAST(months.ahead AS INTEGER)) AS DATE) AS month,
        CASE WHEN months.ahead < 3 THEN counted.papers ELSE 0 END AS papers_now,
        CASE WHEN months.ahead < 3 THEN 0 ELSE counted.papers END AS papers_before,
        CASE WHEN months.ahead < 3 THEN counted.votes ELSE 0 END AS votes_now
    FROM counted
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5)) AS months (ahead)
),

compared AS (
    SELECT
        author_key,
        month,
        sum(papers_now) AS papers_now,
        sum(papers_before) AS papers_before,
        sum(votes_now) AS votes_now
    FROM spread
    WHERE month IN (SELECT counted.month FROM counted)
    GROUP BY
        author_key,
        month
    HAVING sum(papers_now) > sum(papers_before)
),

ranked AS (
    SELECT
        compared.month,
        author.name,
        compared.papers_now,
        compared.papers_before,
        compared.votes_now,
        row_number() OVER (
            PARTITION BY compared.month
            ORDER BY
                compared.papers_now - compared.papers_before DESC,
                compared.votes_now DESC,
                author.name
        ) AS place
    FROM compared
    INNER JOIN mart_author AS author
        ON compared.author_key = author.author_key
)

SELECT
    month,
    place,
    name,
    CAST(papers_now AS BIGINT) AS papers_now,
    CAST(papers_before AS BIGINT) AS papers_before,
    CAST(votes_now AS BIGINT) AS votes_now
FROM ranked
WHERE place <= 10
ORDER BY
    month,
    place
