-- warn: a day of whose newest answer more pieces were rejected than a tenth of its entries
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

-- What an answer before the newest with entries had rejected was read whole since, or will not be.
rejected AS (
    SELECT
        reject.source,
        reject.date,
        coalesce(newest.entries, 0) AS entries,
        count(*) AS rejects
    FROM meta_reject AS reject
    LEFT JOIN newest
        ON reject.source = newest.source AND reject.date = newest.date
    WHERE newest.captured_at IS NULL OR reject.captured_at >= newest.captured_at
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
