-- Subject, as arXiv names it
SELECT
    CASE WHEN name = category THEN category ELSE category || ' ' || name END AS title,
    archive_name AS archive
FROM dim_category
WHERE category = $1
