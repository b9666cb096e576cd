-- Sections of the digests
SELECT
    section.listed_on,
    section.heading_as_printed AS heading,
    section.text,
    section.language
FROM dim_paper AS paper
INNER JOIN fact_section AS section
    ON paper.paper_key = section.paper_key
WHERE
    paper.arxiv_id = $1
    AND section.text <> ''
ORDER BY
    section.listed_on,
    section.position
