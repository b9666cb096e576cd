-- coverage: one row a source and day that was asked for, with what became of it.
SELECT
    source,
    date,
    status,
    papers,
    rejects
FROM mart_coverage
WHERE status <> 'never asked'
ORDER BY
    source,
    date
