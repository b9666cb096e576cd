-- rising: one row a kind (author, organization), month and each of its ten names that gained most papers.
-- The three months that end with it are held against the three before.
WITH named AS (
    SELECT
        'author' AS kind,
        author.name,
        paper.first_listed_on,
        paper.latest_votes
    FROM bridge_paper_author AS bridge
    INNER JOIN mart_author AS author
        ON bridge.author_key = author.author_key
    INNER JOIN mart_paper AS paper
        ON bridge.paper_key = paper.paper_key
    UNION ALL
    SELECT
        'organization' AS kind,
        coalesce(organization_full_name, organization) AS name,
        first_listed_on,
        latest_votes
    FROM mart_paper
    WHERE organization IS NOT NULL
),

counted AS (
    SELECT
        kind,
        name,
        CAST(date_trunc('month', first_listed_on) AS DATE) AS month,
        count(*) AS papers,
        coalesce(sum(latest_votes), 0) AS votes
    FROM named
    GROUP BY
        kind,
        name,
        date_trunc('month', first_listed_on)
),

-- A month's papers count in the three months from it on, and against the three after those.
spread AS (
    SELECT
        counted.kind,
        counted.name,
        CAST(counted.month + to_months(CAST(months.ahead AS INTEGER)) AS DATE) AS month,
        CASE WHEN months.ahead < 3 THEN counted.papers ELSE 0 END AS papers_now,
        CASE WHEN months.ahead < 3 THEN 0 ELSE counted.papers END AS papers_before,
        CASE WHEN months.ahead < 3 THEN counted.votes ELSE 0 END AS votes_now
    FROM counted
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5)) AS months (ahead)
),

compared AS (
    SELECT
        kind,
        name,
        month,
        sum(papers_now) AS papers_now,
        sum(papers_before) AS papers_before,
        sum(votes_now) AS votes_now
    FROM spread
    WHERE month IN (SELECT counted.month FROM counted)
    GROUP BY
        kind,
        name,
        month
    HAVING sum(papers_now) > sum(papers_before)
),

ranked AS (
    SELECT
        kind,
        month,
        name,
        papers_now,
        papers_before,
        votes_now,
        row_number() OVER (
            PARTITION BY
                kind,
                month
            ORDER BY
                papers_now - papers_before DESC,
                votes_now DESC,
                name
        ) AS place
    FROM compared
)

SELECT
    kind,
    month,
    place,
    name,
    CAST(papers_now AS BIGINT) AS papers_now,
    CAST(papers_before AS BIGINT) AS papers_before,
    CAST(votes_now AS BIGINT) AS votes_now
FROM ranked
WHERE place <= 10
ORDER BY
    kind,
    month,
    place
