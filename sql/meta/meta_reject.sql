-- meta_reject: one row a rejected piece of a day of an archive.
-- Later captures that hold it too only move `last_captured_at`.
WITH rejected AS (
    SELECT
        source,
        listed_on,
        captured_at,
        archive,
        rule,
        reason,
        arxiv_id,
        line_start,
        line_end,
        raw
    FROM lake_reject
    UNION ALL
    SELECT
        source,
        listed_on,
        captured_at,
        archive,
        'key_collision' AS rule,
        kind || ' ' || name || ' has the key of ' || holder || ', which was captured first' AS reason,
        arxiv_id,
        CAST(NULL AS INTEGER) AS line_start,
        CAST(NULL AS INTEGER) AS line_end,
        name AS raw
    FROM stg_collision
    UNION ALL
    SELECT
        entry.source,
        entry.listed_on,
        entry.captured_at,
        entry.archive,
        'future_list' AS rule,
        'the list is of a day that has not begun' AS reason,
        entry.arxiv_id,
        entry.line_start,
        entry.line_end,
        entry.title AS raw
    FROM lake_entry AS entry
    CROSS JOIN lake_build AS build
    WHERE entry.listed_on > CAST(build.built_at AS DATE)
),

-- A piece that stands twice in one capture is two pieces.
numbered AS (
    SELECT
        source,
        listed_on,
        captured_at,
        archive,
        rule,
        reason,
        arxiv_id,
        line_start,
        line_end,
        raw,
        row_number() OVER (
            PARTITION BY source, listed_on, captured_at, archive, rule, reason, arxiv_id, line_start, line_end, raw
            ORDER BY captured_at
        ) AS place
    FROM rejected
)

SELECT
    source,
    listed_on AS date,
    min(captured_at) AS captured_at,
    max(captured_at) AS last_captured_at,
    archive,
    rule,
    reason,
    arxiv_id,
    line_start,
    line_end,
    raw
FROM numbered
GROUP BY
    source,
    listed_on,
    archive,
    rule,
    reason,
    arxiv_id,
    line_start,
    line_end,
    raw,
    place
ORDER BY
    source,
    listed_on,
    captured_at,
    archive,
    line_start
