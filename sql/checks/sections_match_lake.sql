-- error: every section of the lake is in fact_section with its text, and nothing else is
WITH kept AS (
    SELECT
        paper.arxiv_id,
        source.source,
        fact.listed_on,
        fact.position,
        fact.heading,
        fact.text
    FROM fact_section AS fact
    INNER JOIN dim_paper AS paper
        ON fact.paper_key = paper.paper_key
    INNER JOIN dim_source AS source
        ON fact.source_key = source.source_key
)

SELECT
    coalesce(section.arxiv_id, kept.arxiv_id) AS arxiv_id,
    coalesce(section.source, kept.source) AS source,
    coalesce(section.listed_on, kept.listed_on) AS listed_on,
    coalesce(section.position, kept.position) AS position,
    CASE
        WHEN kept.arxiv_id IS NULL THEN 'lost'
        WHEN section.arxiv_id IS NULL THEN 'not in the lake'
        ELSE 'other text'
    END AS problem
FROM lake_section AS section
FULL JOIN kept
    ON
        section.arxiv_id = kept.arxiv_id
        AND section.source = kept.source
        AND section.listed_on = kept.listed_on
        AND section.position = kept.position
WHERE
    section.arxiv_id IS NULL
    OR kept.arxiv_id IS NULL
    OR section.text <> kept.text
    OR section.heading IS DISTINCT FROM kept.heading
