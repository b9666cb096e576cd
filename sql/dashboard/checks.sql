-- checks: one row a check that found rows.
SELECT
    name,
    description,
    severity,
    broken_rows
FROM meta_check
WHERE NOT passed
ORDER BY
    severity,
    name
