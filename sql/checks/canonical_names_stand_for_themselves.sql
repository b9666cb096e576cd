-- error: a name that stands for others is in the same table, and stands for itself
SELECT
    'keyword' AS kind,
    spelling.keyword AS name,
    spelling.canonical_keyword AS canonical_name
FROM dim_keyword AS spelling
LEFT JOIN dim_keyword AS canonical
    ON spelling.canonical_keyword = canonical.keyword
WHERE canonical.canonical_keyword IS DISTINCT FROM spelling.canonical_keyword
UNION ALL
SELECT
    'organization' AS kind,
    spelling.name,
    spelling.canonical_name
FROM dim_organization AS spelling
LEFT JOIN dim_organization AS canonical
    ON spelling.canonical_name = canonical.name
WHERE canonical.canonical_name IS DISTINCT FROM spelling.canonical_name
