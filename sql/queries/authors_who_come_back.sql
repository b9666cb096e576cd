-- Of the names that were first listed in a month, how many have a paper in a later month?
SELECT
    cohort,
    months_since,
    authors,
    active_authors,
    round(100.0 * active_authors / authors, 1) AS percent_active,
    papers
FROM mart_author_cohort
WHERE months_since > 0
ORDER BY
    cohort,
    months_since
