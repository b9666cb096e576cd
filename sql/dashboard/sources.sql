-- sources: one row a source that was asked for days.
SELECT
    source,
    description
FROM dim_source
WHERE source IN (SELECT coverage.source FROM mart_coverage AS coverage)
ORDER BY precedence
