-- warn: a day whose newest answer lost several papers, more than a tenth of those listed; what it lost is kept
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
