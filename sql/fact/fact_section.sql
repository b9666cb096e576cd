-- fact_section: one row a paper, source, day listed and place of a section under the paper.
SELECT
    entry.paper_key,
    entry.source_key,
    section.listed_on,
    section.position,
    section.heading,
    section.heading_as_printed,
    section.text,
    section.language
FROM lake_section AS section
INNER JOIN stg_entry AS entry
    ON
        section.source = entry.source
        AND section.listed_on = entry.listed_on
        AND section.captured_at = entry.captured_at
        AND section.archive = entry.archive
        AND section.arxiv_id = entry.arxiv_id
ORDER BY
    section.listed_on,
    entry.rank,
    section.position
