-- Which spellings of keywords and organisations stand for the same, and what proves it?
SELECT
    kind,
    canonical_name,
    name AS also_spelled,
    rule,
    evidence,
    papers,
    canonical_papers
FROM meta_folding
ORDER BY
    papers DESC,
    kind,
    name
LIMIT 20
