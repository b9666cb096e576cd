-- warn: a day of which more pieces were rejected than a tenth of its entries
WITH entry AS (
    SELECT
        source,
        listed_on AS date,
        count(*) AS entries
    FROM stg_entry
    GROUP BY
        source,
        listed_on
),

rejected AS (
    SELECT
        source,
        date,
        count(*) AS rejects
    FROM meta_reject
    GROUP BY
        source,
        date
)

SELECT
    rejected.source,
    rejected.date,
    rejected.rejects,
    coalesce(entry.entries, 0) AS entries
FROM rejected
LEFT JOIN entry
    ON rejected.source = entry.source AND rejected.date = entry.date
WHERE 10 * rejected.rejects > coalesce(entry.entries, 0)
