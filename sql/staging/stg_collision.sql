-- stg_collision: one row a name whose surrogate key an earlier name has. Nearly always empty.
-- Surrogate keys are 60 bits of a hash, so two names that share one can be made on purpose. The name that was captured
-- first keeps the key. The later one is a reject, and is left out of every table.
-- All that is printed is read twice, the second time only if names collide, so that memory need not hold it.
WITH printed AS NOT MATERIALIZED (
    SELECT
        'paper' AS kind,
        arxiv_id AS name,
        source,
        listed_on,
        captured_at,
        archive,
        arxiv_id
    FROM lake_entry
    UNION ALL
    SELECT
        'organization' AS kind,
        organization AS name,
        source,
        listed_on,
        captured_at,
        archive,
        arxiv_id
    FROM lake_entry
    WHERE organization IS NOT NULL
    UNION ALL
    SELECT
        'author' AS kind,
        name_normalized AS name,
        source,
        listed_on,
        captured_at,
        archive,
        arxiv_id
    FROM lake_author
    UNION ALL
    SELECT
        'keyword' AS kind,
        keyword AS name,
        source,
        listed_on,
        captured_at,
        archive,
        arxiv_id
    FROM lake_keyword
    UNION ALL
    SELECT
        'category' AS kind,
        category AS name,
        source,
        listed_on,
        captured_at,
        archive,
        arxiv_id
    FROM lake_category
),

named AS (
    SELECT
        kind,
        name,
        min(captured_at) AS first_captured_at
    FROM printed
    GROUP BY
        kind,
        name
),

keyed AS (
    SELECT
        kind,
        name,
        first_captured_at,
        CAST('0x' || substr(md5(name), 1, 15) AS BIGINT) AS surrogate_key
    FROM named
),

-- Nearly always empty, so that next to nothing is left to put in order.
shared AS (
    SELECT
        kind,
        surrogate_key
    FROM keyed
    GROUP BY
        kind,
        surrogate_key
    HAVING count(*) > 1
),

ranked AS (
    SELECT
        keyed.kind,
        keyed.name,
        keyed.first_captured_at,
        first_value(keyed.name) OVER (
            PARTITION BY keyed.kind, keyed.surrogate_key
            ORDER BY keyed.first_captured_at, keyed.name
        ) AS holder
    FROM keyed
    INNER JOIN shared
        ON keyed.kind = shared.kind AND keyed.surrogate_key = shared.surrogate_key
)

SELECT
    ranked.kind,
    ranked.name,
    ranked.holder,
    printed.source,
    printed.listed_on,
    printed.captured_at,
    printed.archive,
    printed.arxiv_id
FROM ranked
INNER JOIN printed
    ON
        ranked.kind = printed.kind
        AND ranked.name = printed.name
        AND ranked.first_captured_at = printed.captured_at
WHERE ranked.name <> ranked.holder
QUALIFY row_number() OVER (
    PARTITION BY ranked.kind, ranked.name
    ORDER BY printed.source, printed.listed_on, printed.archive, printed.arxiv_id
) = 1
