-- error: every section of the lake is in fact_section with its text, and nothing else is
WITH printed AS (
    SELECT
        arxiv_id,
        source,
        listed_on,
        position,
        heading,
        md5(text) AS text_md5
    FROM lake_section AS section
    WHERE
        EXISTS (
            SELECT 1
            FROM stg_entry AS entry
            WHERE
                entry.source = section.source
                AND entry.listed_on = section.listed_on
                AND entry.captured_at = section.captured_at
                AND entry.archive = section.archive
                AND entry.arxiv_id = section.arxiv_id
        )
),

-- Texts are compared by their MD5, so that memory need not hold them.
kept AS (
    SELECT
        paper.arxiv_id,
        source.source,
        fact.listed_on,
        fact.position,
        fact.heading,
        md5(fact.text) AS text_md5
    FROM fact_section AS fact
    INNER JOIN dim_paper AS paper
        ON fact.paper_key = paper.paper_key
    INNER JOIN dim_source AS source
        ON fact.source_key = source.source_key
)

SELECT
    coalesce(printed.arxiv_id, kept.arxiv_id) AS arxiv_id,
    coalesce(printed.source, kept.source) AS source,
    coalesce(printed.listed_on, kept.listed_on) AS listed_on,
    coalesce(printed.position, kept.position) AS position,
    CASE
        WHEN kept.arxiv_id IS NULL THEN 'lost'
        WHEN printed.arxiv_id IS NULL THEN 'not in the lake'
        ELSE 'other text'
    END AS problem
FROM printed
FULL JOIN kept
    ON
        printed.arxiv_id = kept.arxiv_id
        AND printed.source = kept.source
        AND printed.listed_on = kept.listed_on
        AND printed.position = kept.position
WHERE
    printed.arxiv_id IS NULL
    OR kept.arxiv_id IS NULL
    OR printed.text_md5 <> kept.text_md5
    OR printed.heading IS DISTINCT FROM kept.heading
