-- dim_paper_version: one row a paper and distinct title (slowly changing, type 2).
-- Of the sources that know the paper, the one with the best precedence gives the titles. Entries that are doubted give
-- none, unless there are no others.
WITH known AS (
    SELECT
        entry.paper_key,
        entry.title,
        entry.captured_at,
        entry.listed_on,
        entry.archive,
        (entry.doubt IS NOT NULL, source.precedence) AS standing
    FROM stg_entry AS entry
    INNER JOIN dim_source AS source
        ON entry.source_key = source.source_key
),

best AS (
    SELECT
        paper_key,
        min(standing) AS standing
    FROM known
    GROUP BY paper_key
),

titled AS (
    SELECT
        known.paper_key,
        known.title,
        known.captured_at,
        known.listed_on,
        known.archive
    FROM known
    INNER JOIN best
        ON known.paper_key = best.paper_key AND known.standing = best.standing
),

-- Nearly every paper keeps its title. Only those of others need be put in order.
paper AS (
    SELECT
        paper_key,
        min(title) AS title,
        min(captured_at) AS captured_at,
        min(title) <> max(title) AS has_changed
    FROM titled
    GROUP BY paper_key
),

placed AS (
    SELECT
        titled.paper_key,
        titled.title,
        titled.captured_at,
        row_number() OVER (
            PARTITION BY titled.paper_key
            ORDER BY titled.captured_at, titled.listed_on, titled.archive
        ) AS place
    FROM titled
    INNER JOIN paper
        ON titled.paper_key = paper.paper_key AND paper.has_changed
    UNION ALL
    SELECT
        paper_key,
        title,
        captured_at,
        1 AS place
    FROM paper
    WHERE NOT has_changed
),

changed AS (
    SELECT
        paper_key,
        title,
        captured_at,
        place
    FROM placed
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
