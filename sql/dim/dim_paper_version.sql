-- dim_paper_version: one row a paper and distinct title (slowly changing, type 2).
-- Of the sources that know the paper, the one with the best precedence gives the titles. Entries that are doubted give
-- none, unless there are no others.
WITH titled AS (
    SELECT
        entry.paper_key,
        entry.title,
        entry.captured_at,
        row_number() OVER (
            PARTITION BY entry.paper_key
            ORDER BY entry.captured_at, entry.listed_on, entry.archive
        ) AS place
    FROM stg_entry AS entry
    INNER JOIN dim_source AS source
        ON entry.source_key = source.source_key
    QUALIFY rank() OVER (
        PARTITION BY entry.paper_key
        ORDER BY entry.doubt IS NOT NULL, source.precedence
    ) = 1
),

changed AS (
    SELECT
        paper_key,
        title,
        captured_at,
        place
    FROM titled
    QUALIFY lag(title, 1, '') OVER (PARTITION BY paper_key ORDER BY place) <> title
),

-- A title that comes back is valid from its return on.
versioned AS (
    SELECT
        paper_key,
        title,
        max(captured_at) AS valid_from,
        max(place) AS place
    FROM changed
    GROUP BY
        paper_key,
        title
)

SELECT
    paper_key,
    CAST(row_number() OVER (PARTITION BY paper_key ORDER BY place) AS SMALLINT) AS version,
    title,
    valid_from,
    lead(valid_from) OVER (PARTITION BY paper_key ORDER BY place) AS valid_to,
    lead(place) OVER (PARTITION BY paper_key ORDER BY place) IS NULL AS is_current
FROM versioned
ORDER BY
    paper_key,
    version
