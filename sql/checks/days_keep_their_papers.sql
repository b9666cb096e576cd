-- warn: a day whose newest answer lacks several listed papers, more than a tenth; their listings are kept
SELECT
    source,
    date,
    papers_in_answer,
    papers AS papers_listed,
    last_attempt_at
FROM mart_coverage
WHERE
    papers - papers_in_answer > 1
    AND 10 * (papers - papers_in_answer) > papers
ORDER BY
    date DESC,
    source
