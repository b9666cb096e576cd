-- captures: one row an archive, source and week, with the captures that were made in it and the papers that they saw.
SELECT
    archive.archive,
    source.source,
    CAST(date_trunc('week', observation.observed_at) AS DATE) AS week,
    count(DISTINCT observation.observed_at) AS captures,
    count(DISTINCT observation.paper_key) AS papers
FROM fact_observation AS observation
INNER JOIN dim_archive AS archive
    ON observation.archive_key = archive.archive_key
INNER JOIN dim_source AS source
    ON observation.source_key = source.source_key
WHERE observation.doubt IS DISTINCT FROM 'future'
GROUP BY
    archive.archive,
    source.source,
    CAST(date_trunc('week', observation.observed_at) AS DATE)
ORDER BY
    archive.archive,
    source.source,
    week
