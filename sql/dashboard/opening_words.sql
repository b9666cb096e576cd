-- opening_words: one row each of the five papers with most votes of the newest list with sections, and its first one.
WITH newest_list AS (
    SELECT
        section.source_key,
        section.listed_on,
        source.description AS source_description
    FROM fact_section AS section
    INNER JOIN dim_source AS source
        ON section.source_key = source.source_key
    WHERE section.position = 1
    ORDER BY
        section.listed_on DESC,
        source.precedence
    LIMIT 1
)

SELECT
    newest_list.listed_on,
    newest_list.source_description,
    paper.arxiv_id,
    paper.title,
    paper.page_url,
    opening.text,
    opening.language
FROM newest_list
INNER JOIN fact_section AS opening
    ON newest_list.source_key = opening.source_key AND newest_list.listed_on = opening.listed_on
INNER JOIN mart_paper AS paper
    ON opening.paper_key = paper.paper_key
WHERE opening.position = 1
ORDER BY
    paper.latest_votes DESC NULLS LAST,
    paper.arxiv_id
LIMIT 5
