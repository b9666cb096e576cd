-- Who captured what, and how old were the papers then?
SELECT
    archive.archive,
    archive.licence,
    archive.captures,
    archive.papers,
    count(*) AS observations,
    round(median(observation.hours_since_listed), 1) AS median_hours_since_listed,
    count(DISTINCT CASE WHEN observation.hours_since_listed >= 72 THEN observation.paper_key END) AS papers_after_72h,
    count(DISTINCT CASE WHEN observation.hours_since_listed >= 336 THEN observation.paper_key END) AS papers_after_14d
FROM dim_archive AS archive
INNER JOIN fact_observation AS observation
    ON archive.archive_key = observation.archive_key
GROUP BY
    archive.archive,
    archive.licence,
    archive.captures,
    archive.papers
ORDER BY archive.archive
