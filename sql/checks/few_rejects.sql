-- warn: a day whose newest answer has more rejected pieces than a tenth of its entries
WITH entry AS (
    SELECT
        source,
        listed_on AS date,
        captured_at,
        count(*) AS entries
    FROM stg_entry
    GROUP BY
        source,
        listed_on,
        captured_at
),

newest AS (
    SELECT
        source,
        date,
        captured_at,
        entries
    FROM entry
    QUALIFY row_number() OVER (PARTITION BY source, date ORDER BY captured_at DESC) = 1
),

-- Rejects of earlier answers are left out, because a newer answer with entries has replaced these.
rejected AS (
    SELECT
        reject.source,
        reject.date,
        coalesce(newest.entries, 0) AS entries,
        count(*) AS rejects
    FROM meta_reject AS reject
    LEFT JOIN newest
        ON reject.source = newest.source AND reject.date = newest.date
    WHERE newest.captured_at IS NULL OR reject.last_captured_at >= newest.captured_at
    GROUP BY
        reject.source,
        reject.date,
        newest.entries
)

SELECT
    source,
    date,
    rejects,
    entries
FROM rejected
WHERE 10 * rejects > entries
