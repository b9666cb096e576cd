-- warn: a day whose newest answer holds fewer papers than are listed: what it no longer names is kept
SELECT
    source,
    date,
    papers_in_answer,
    papers AS papers_listed,
    last_attempt_at
FROM mart_coverage
WHERE papers_in_answer < papers
ORDER BY
    date DESC,
    source
