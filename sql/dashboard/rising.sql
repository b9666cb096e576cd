-- rising: one row a kind (author, organization), month and each of its ten names that gained most papers.
-- The three months that end with it are held against the three before.
-- Names are counted by their keys, and join in when the few ahead are known.
WITH named AS (
    SELECT
        'author' AS kind,
        author_key AS name_key,
        name
    FROM mart_author
    UNION ALL
    SELECT
        'organization' AS kind,
        min(organization_key) AS name_key,
        coalesce(full_name, name) AS name
    FROM mart_organization
    GROUP BY coalesce(full_name, name)
),

credited AS (
    SELECT
        'author' AS kind,
        bridge.author_key AS name_key,
        paper.first_listed_on,
        paper.latest_votes
    FROM bridge_paper_author AS bridge
    INNER JOIN mart_paper AS paper
        ON bridge.paper_key = paper.paper_key
    UNION ALL
    SELECT
        named.kind,
        named.name_key,
        paper.first_listed_on,
        paper.latest_votes
    FROM mart_paper AS paper
    INNER JOIN named
        ON named.kind = 'organization' AND coalesce(paper.organization_full_name, paper.organization) = named.name
),

counted AS (
    SELECT
        kind,
        name_key,
        CAST(date_trunc('month', first_listed_on) AS DATE) AS month,
        count(*) AS papers,
        coalesce(sum(latest_votes), 0) AS votes
    FROM credited
    GROUP BY
        kind,
        name_key,
        date_trunc('month', first_listed_on)
),

-- A month's papers count in the three months from it on, and against the three after those.
spread AS (
    SELECT
        counted.kind,
        counted.name_key,
        CAST(counted.month + to_months(CAST(months.later AS INTEGER)) AS DATE) AS month,
        CASE WHEN months.later < 3 THEN counted.papers ELSE 0 END AS papers_now,
        CASE WHEN months.later < 3 THEN 0 ELSE counted.papers END AS papers_before,
        CASE WHEN months.later < 3 THEN counted.votes ELSE 0 END AS votes_now
    FROM counted
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5)) AS months (later)
),

compared AS (
    SELECT
        kind,
        name_key,
        month,
        sum(papers_now) AS papers_now,
        sum(papers_before) AS papers_before,
        sum(votes_now) AS votes_now
    FROM spread
    WHERE month IN (SELECT counted.month FROM counted)
    GROUP BY
        kind,
        name_key,
        month
    HAVING sum(papers_now) > sum(papers_before)
),

-- With those that share the tenth place, of whom the names decide.
ahead AS (
    SELECT
        kind,
        name_key,
        month,
        papers_now,
        papers_before,
        votes_now
    FROM compared
    QUALIFY rank() OVER (PARTITION BY kind, month ORDER BY papers_now - papers_before DESC, votes_now DESC) <= 10
),

ranked AS (
    SELECT
        ahead.kind,
        ahead.month,
        named.name,
        ahead.papers_now,
        ahead.papers_before,
        ahead.votes_now,
        row_number() OVER (
            PARTITION BY
                ahead.kind,
                ahead.month
            ORDER BY
                ahead.papers_now - ahead.papers_before DESC,
                ahead.votes_now DESC,
                named.name
        ) AS place
    FROM ahead
    INNER JOIN named
        ON ahead.kind = named.kind AND ahead.name_key = named.name_key
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
