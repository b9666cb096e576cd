-- digest_words: one row each of the five papers with most votes of the newest digest, with its opening words on them.
WITH opening AS (
    SELECT
        section.paper_key,
        section.listed_on,
        section.text,
        section.language
    FROM fact_section AS section
    INNER JOIN dim_source AS source
        ON section.source_key = source.source_key
    WHERE source.source = 'digest' AND section.position = 1
    QUALIFY section.listed_on = max(section.listed_on) OVER ()
)

SELECT
    opening.listed_on,
    paper.arxiv_id,
    paper.title,
    paper.page_url,
    paper.latest_votes AS votes_now,
    opening.text,
    opening.language
FROM opening
INNER JOIN mart_paper AS paper
    ON opening.paper_key = paper.paper_key
ORDER BY
    paper.latest_votes DESC NULLS LAST,
    paper.arxiv_id
LIMIT 5
