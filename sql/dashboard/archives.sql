-- archives: one row an archive that holds captures, with how old papers were when it saw them.
SELECT
    archive.archive,
    archive.format,
    archive.licence,
    archive.captures,
    archive.papers,
    archive.last_captured_at,
    round(median(observation.hours_since_listed), 1) AS median_hours,
    count(DISTINCT CASE WHEN observation.hours_since_listed >= 72 THEN observation.paper_key END) AS papers_after_72h,
    count(DISTINCT CASE WHEN observation.hours_since_listed >= 336 THEN observation.paper_key END) AS papers_after_14d
FROM dim_archive AS archive
INNER JOIN fact_observation AS observation
    ON archive.archive_key = observation.archive_key
GROUP BY
    archive.archive,
    archive.format,
    archive.licence,
    archive.captures,
    archive.papers,
    archive.last_captured_at
ORDER BY archive.archive
