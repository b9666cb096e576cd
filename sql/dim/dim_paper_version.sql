-- dim_paper_version: one row a paper and distinct title (slowly changing, type 2).
-- Titles are those of Hugging Face's API where it knows the paper, else those of the digests.
WITH spoken AS (
    SELECT
        paper_key,
        title,
        captured_at,
        rank() OVER (
            PARTITION BY paper_key
            ORDER BY CASE source WHEN 'huggingface' THEN 1 ELSE 2 END
        ) AS preference
    FROM stg_entry
),

titled AS (
    SELECT
        paper_key,
        title,
        min(captured_at) AS first_seen_at,
        max(captured_at) AS last_seen_at
    FROM spoken
    WHERE preference = 1
    GROUP BY
        paper_key,
        title
),

versioned AS (
    SELECT
        paper_key,
        title,
        row_number() OVER (PARTITION BY paper_key ORDER BY last_seen_at, first_seen_at, title) AS version,
        -- A title that came back is valid from its return on.
        greatest(
            first_seen_at,
            coalesce(
                lag(last_seen_at) OVER (PARTITION BY paper_key ORDER BY last_seen_at, first_seen_at, title),
                first_seen_at
            )
        ) AS valid_from
    FROM titled
)

SELECT
    paper_key,
    CAST(version AS SMALLINT) AS version,
    title,
    valid_from,
    lead(valid_from) OVER (PARTITION BY paper_key ORDER BY version) AS valid_to,
    lead(version) OVER (PARTITION BY paper_key ORDER BY version) IS NULL AS is_current
FROM versioned
ORDER BY
    paper_key,
    version
