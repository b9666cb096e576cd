-- digest_words: one row each of the five papers with most votes of the newest digest, with its opening words on them.
WITH newest AS (
    SELECT
        section.source_key,
        max(section.listed_on) AS listed_on
    FROM fact_section AS section
    INNER JOIN dim_source AS source
        ON section.source_key = source.source_key
    WHERE source.source = 'digest' AND section.position = 1
    GROUP BY section.source_key
)

SELECT
    opening.listed_on,
    paper.arxiv_id,
    paper.title,
    paper.page_url,
    paper.latest_votes AS votes_now,
    opening.text,
    opening.language
FROM newest
INNER JOIN fact_section AS opening
    ON newest.source_key = opening.source_key AND newest.listed_on = opening.listed_on
INNER JOIN mart_paper AS paper
    ON opening.paper_key = paper.paper_key
WHERE opening.position = 1
ORDER BY
    paper.latest_votes DESC NULLS LAST,
    paper.arxiv_id
LIMIT 5
