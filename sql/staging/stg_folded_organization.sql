-- stg_folded_organization: one row an organisation, with its full name and the organisation that stands for it.
-- Two organisations with one full name, letter case aside, are one. The one that most papers were submitted for stands
-- for all of them.
WITH named AS (
    SELECT
        organization_key,
        organization AS name,
        organization_full_name AS full_name,
        -- One without a full name is one by itself; the sign keeps it apart from a full name of the same letters.
        coalesce(lower(organization_full_name), organization || '@') AS folded_name
    FROM stg_entry
    WHERE organization IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY organization_key
        ORDER BY doubt IS NOT NULL, captured_at DESC, organization_full_name DESC NULLS LAST
    ) = 1
),

counted AS (
    SELECT
        organization_key,
        count(DISTINCT paper_key) AS papers
    FROM stg_entry
    WHERE organization IS NOT NULL
    GROUP BY organization_key
),

ranked AS (
    SELECT
        named.organization_key,
        named.name,
        named.full_name,
        counted.papers,
        named.folded_name,
        row_number() OVER (
            PARTITION BY named.folded_name
            ORDER BY counted.papers DESC, named.name
        ) AS place
    FROM named
    INNER JOIN counted
        ON named.organization_key = counted.organization_key
)

SELECT
    spelling.organization_key,
    spelling.name,
    spelling.full_name,
    canonical.name AS canonical_name,
    CAST(spelling.papers AS INTEGER) AS papers,
    CAST(canonical.papers AS INTEGER) AS canonical_papers
FROM ranked AS spelling
INNER JOIN ranked AS canonical
    ON spelling.folded_name = canonical.folded_name AND canonical.place = 1
