-- bridge_paper_author: one row a paper and author.
-- A digest prints names in no order that means anything, so only Hugging Face's lists give places.
SELECT
    paper_key,
    author_key,
    position,
    position = 1 AS is_first,
    position = max(position) OVER (PARTITION BY paper_key) AS is_last,
    CAST(1.0 AS DOUBLE) / author_count AS weight,
    name_as_printed
FROM stg_authorship
ORDER BY
    paper_key,
    position
