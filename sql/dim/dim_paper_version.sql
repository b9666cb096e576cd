-- dim_paper_version: one row a paper and distinct title (slowly changing, type 2).
-- Titles are those of Hugging Face's API where it knows the paper, else those of the digests.
WITH titled AS (
    SELECT
        paper_key,
        title,
        captured_at,
        row_number() OVER (PARTITION BY paper_key ORDER BY captured_at, listed_on) AS place
    FROM stg_entry
    QUALIFY rank() OVER (PARTITION BY paper_key ORDER BY CASE source WHEN 'huggingface' THEN 1 ELSE 2 END) = 1
),

begun AS (
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
    FROM begun
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
