-- meta_reject: one row a rejected piece of an answer.
SELECT
    source,
    listed_on AS date,
    captured_at,
    rule,
    reason,
    arxiv_id,
    line_start,
    line_end,
    raw
FROM lake_reject
ORDER BY
    source,
    listed_on,
    captured_at,
    line_start
