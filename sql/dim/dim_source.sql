-- dim_source: one row a source.
SELECT
    CAST('0x' || substr(md5(known.source), 1, 15) AS BIGINT) AS source_key,
    known.source,
    known.description
FROM (
    VALUES
    ('digest', 'Markdown digests of the daily list, written at about 23:00 UTC of their day'),
    ('huggingface', 'Hugging Face''s own daily_papers API, captured again while votes move')
) AS known (source, description)
