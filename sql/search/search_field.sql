-- search_field: one row a field of papers that is searched, with its weight and its usual length.
-- Only DuckDB runs the models of the search layer.
-- Lengths are in characters, which can be counted without splitting a text into terms. A paper's sections are one text,
-- and so are its authors' names.
SELECT
    'title' AS field,
    4 AS weight,
    avg(length(title)) AS usual_length
FROM dim_paper
UNION ALL
SELECT
    'abstract' AS field,
    1 AS weight,
    avg(length(abstract)) AS usual_length
FROM dim_paper
UNION ALL
SELECT
    'section' AS field,
    1 AS weight,
    CAST(sum(length(text)) AS DOUBLE) / nullif(count(DISTINCT paper_key), 0) AS usual_length
FROM fact_section
WHERE text <> ''
UNION ALL
SELECT
    'author' AS field,
    2 AS weight,
    CAST(sum(length(name_as_printed)) AS DOUBLE) / nullif(count(DISTINCT paper_key), 0) AS usual_length
FROM bridge_paper_author
UNION ALL
SELECT
    'arxiv_id' AS field,
    4 AS weight,
    avg(length(arxiv_id)) AS usual_length
FROM dim_paper
