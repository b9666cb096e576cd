-- rising: one row a kind (author, organization), month and each of its ten names that gained most papers.
-- The three months that end with it are compared with the three before them.
-- Papers are counted by key; names are joined last, for the few rows that lead.
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

-- A month's papers are recent in that month and the two after it, and earlier ones in the three months after those.
spread AS (
    SELECT
        counted.kind,
        counted.name_key,
        CAST(counted.month + to_months(CAST(months.later AS INTEGER)) AS DATE) AS month,
        CASE WHEN months.later < 3 THEN counted.papers ELSE 0 END AS papers,
        CASE WHEN months.later < 3 THEN 0 ELSE counted.papers END AS papers_before,
        CASE WHEN months.later < 3 THEN counted.votes ELSE 0 END AS votes
    FROM counted
    CROSS JOIN (VALUES (0), (1), (2), (3), (4), (5)) AS months (later)
),

compared AS (
    SELECT
        kind,
        name_key,
        month,
        sum(papers) AS papers,
        sum(papers_before) AS papers_before,
        sum(votes) AS votes
    FROM spread
    WHERE month IN (SELECT counted.month FROM counted)
    GROUP BY
        kind,
        name_key,
        month
    HAVING sum(papers) > sum(papers_before)
),

-- What the tenth name of a month gained: thousands gained less, and need no place.
tenths AS (
    SELECT
        kind,
        month,
        list_min(max(papers - papers_before, 10)) AS gained
    FROM compared
    GROUP BY
        kind,
        month
),

-- All that share the tenth place stay: their names decide which of them are among the ten.
ahead AS (
    SELECT
        compared.kind,
        compared.name_key,
        compared.month,
        compared.papers,
        compared.papers_before,
        compared.votes
    FROM compared
    INNER JOIN tenths
        ON
            compared.kind = tenths.kind
            AND compared.month = tenths.month
            AND compared.papers - compared.papers_before >= tenths.gained
    QUALIFY
        rank() OVER (
            PARTITION BY
                compared.kind,
                compared.month
            ORDER BY
                compared.papers - compared.papers_before DESC,
                compared.votes DESC
        ) <= 10
),

ranked AS (
    SELECT
        ahead.kind,
        ahead.month,
        named.name,
        ahead.papers,
        ahead.papers_before,
        ahead.votes,
        row_number() OVER (
            PARTITION BY
                ahead.kind,
                ahead.month
            ORDER BY
                ahead.papers - ahead.papers_before DESC,
                ahead.votes DESC,
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
    CAST(papers AS BIGINT) AS papers,
    CAST(papers_before AS BIGINT) AS papers_before,
    CAST(votes AS BIGINT) AS votes
FROM ranked
WHERE place <= 10
ORDER BY
    kind,
    month,
    place
