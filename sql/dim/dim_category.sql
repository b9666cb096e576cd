-- dim_category: one row a subject of a paper.
-- A subject that arXiv has no name for, such as a class of ACM or MSC, stands for itself.
SELECT DISTINCT
    CAST('0x' || substr(md5(said.category), 1, 15) AS BIGINT) AS category_key,
    said.category,
    coalesce(named.name, said.category) AS name,
    named.archive,
    named.archive_name
FROM stg_paper_category AS said
LEFT JOIN stg_category AS named
    ON said.category = named.category
