-- stg_paper_category: one row a paper and subject.
SELECT
    described.paper_key,
    said.category,
    said.is_primary
FROM stg_description AS described
INNER JOIN lake_category AS said
    ON
        described.arxiv_id = said.arxiv_id
        AND described.source = said.source
        AND described.listed_on = said.listed_on
        AND described.captured_at = said.captured_at
        AND described.archive = said.archive
LEFT JOIN stg_collision AS lost
    ON lost.kind = 'category' AND said.category = lost.name
WHERE lost.name IS NULL
