-- error: every term of every paper's title is in search_term, once
WITH spoken AS (
    SELECT DISTINCT
        slice.paper_number,
        paper.arxiv_id,
        unnest(search_tokens(paper.title)) AS term
    FROM search_slice AS slice
    INNER JOIN dim_paper AS paper
        ON slice.paper_key = paper.paper_key AND slice.first_listed_on = paper.first_listed_on
),

keyed AS (
    SELECT
        paper_number,
        arxiv_id,
        term,
        CAST('0x' || substr(md5(term), 1, 15) AS BIGINT) AS term_key
    FROM spoken
),

held AS (
    SELECT
        found.paper_number,
        found.term_key,
        count(*) AS copies
    FROM keyed
    INNER JOIN search_term AS found
        ON keyed.paper_number = found.paper_number AND keyed.term_key = found.term_key
    GROUP BY
        found.paper_number,
        found.term_key
)

SELECT
    keyed.arxiv_id,
    keyed.term,
    coalesce(held.copies, 0) AS copies
FROM keyed
LEFT JOIN held
    ON keyed.paper_number = held.paper_number AND keyed.term_key = held.term_key
WHERE held.copies IS DISTINCT FROM 1
