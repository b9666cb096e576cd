-- meta_folding: one row a keyword or organisation for which another one stands.
SELECT
    'keyword' AS kind,
    keyword AS name,
    canonical_keyword AS canonical_name,
    rule,
    evidence,
    papers,
    canonical_papers
FROM stg_folded_keyword
WHERE keyword <> canonical_keyword
UNION ALL
SELECT
    'organization' AS kind,
    name,
    canonical_name,
    'full name' AS rule,
    'both have the full name ' || full_name AS evidence,
    papers,
    canonical_papers
FROM stg_folded_organization
WHERE name <> canonical_name
ORDER BY
    kind,
    canonical_papers DESC,
    canonical_name,
    papers DESC,
    name
