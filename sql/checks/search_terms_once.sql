-- error: search_term holds each term of a paper once
-- To group the longest table would be a third of all checks, so rows are compared with their neighbours. They lie in
-- runs, in which they rise by term and paper: one run for each slice. A row can only come twice if two runs share
-- papers, and of those papers all rows are counted.
WITH neighbour AS (
    SELECT
        term_key,
        paper_number,
        lag(term_key) OVER () AS term_before,
        lag(paper_number) OVER () AS paper_before
    FROM search_term
),

numbered AS (
    SELECT
        paper_number,
        count(
            CASE
                WHEN term_key < term_before OR (term_key = term_before AND paper_number <= paper_before) THEN 1
            END
        ) OVER (ROWS UNBOUNDED PRECEDING) AS run -- noqa: PRS, CP02
    FROM neighbour
),

run AS (
    SELECT
        run,
        min(paper_number) AS first_number,
        max(paper_number) AS last_number
    FROM numbered
    GROUP BY run
),

followed AS (
    SELECT
        first_number,
        last_number,
        max(last_number) OVER (
            ORDER BY first_number, run
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS highest_before
    FROM run
),

shared AS (
    SELECT
        first_number,
        least(last_number, highest_before) AS last_number
    FROM followed
    WHERE first_number <= highest_before
)

SELECT
    found.term_key,
    found.paper_number,
    count(*) AS copies
FROM search_term AS found
SEMI JOIN shared
    ON found.paper_number BETWEEN shared.first_number AND shared.last_number
GROUP BY
    found.term_key,
    found.paper_number
HAVING count(*) > 1
