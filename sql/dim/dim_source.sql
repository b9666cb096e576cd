-- dim_source: one row a source.
SELECT
    CAST('0x' || substr(md5(source), 1, 15) AS BIGINT) AS source_key,
    source,
    description,
    precedence,
    licence,
    is_live,
    knows_author_order,
    names_days,
    lists_papers
FROM lake_source
