-- search_term: one row a term and paper that holds it, with how much the paper is about the term.
-- Only DuckDB runs the models of the search layer.
-- The weight is that of BM25F with k1 = 1.2 and b = 0.75. The length of a field is compared with the usual length of
-- the same field, so that an English abstract does not change the weight of terms in Korean sections.
-- A weight does not depend on other papers, so the model runs once for each slice of search_paper, which search_slice
-- holds. Memory stays flat, however many papers there are.
WITH listed AS (
    SELECT
        slice.paper_number,
        listing.paper_key,
        listing.source_key,
        listing.listed_on
    FROM search_slice AS slice
    INNER JOIN fact_listing AS listing
        ON slice.paper_key = listing.paper_key
),

-- Tables are sorted by day. With the day in a join, DuckDB reads only the days of the slice.
passage AS (
    SELECT
        slice.paper_number,
        'title' AS field,
        paper.title AS text
    FROM search_slice AS slice
    INNER JOIN dim_paper AS paper
        ON slice.paper_key = paper.paper_key AND slice.first_listed_on = paper.first_listed_on
    UNION ALL
    SELECT
        slice.paper_number,
        'abstract' AS field,
        paper.abstract AS text
    FROM search_slice AS slice
    INNER JOIN dim_paper AS paper
        ON slice.paper_key = paper.paper_key AND slice.first_listed_on = paper.first_listed_on
    WHERE paper.abstract IS NOT NULL
    UNION ALL
    SELECT
        listed.paper_number,
        'section' AS field,
        string_agg(section.text, ' ') AS text
    FROM listed
    INNER JOIN fact_section AS section
        ON
            listed.paper_key = section.paper_key
            AND listed.source_key = section.source_key
            AND listed.listed_on = section.listed_on
    GROUP BY listed.paper_number
    UNION ALL
    SELECT
        slice.paper_number,
        'author' AS field,
        string_agg(author.name_as_printed, ' ') AS text
    FROM search_slice AS slice
    INNER JOIN bridge_paper_author AS author
        ON slice.paper_key = author.paper_key
    GROUP BY slice.paper_number
    UNION ALL
    SELECT
        slice.paper_number,
        'arxiv_id' AS field,
        paper.arxiv_id AS text
    FROM search_slice AS slice
    INNER JOIN dim_paper AS paper
        ON slice.paper_key = paper.paper_key AND slice.first_listed_on = paper.first_listed_on
),

-- Weighed before it is split: DuckDB would measure the text again for each of its words.
weighed AS (
    SELECT
        passage.paper_number,
        field.weight / (0.25 + 0.75 * length(passage.text) / field.usual_length) AS weight,
        passage.text
    FROM passage
    INNER JOIN search_field AS field
        ON passage.field = field.field
),

-- No term contains a blank, so a text is first split at its blanks.
occurrence AS (
    SELECT
        paper_number,
        weight,
        unnest(string_split(text, ' ')) AS word
    FROM weighed
),

-- Each distinct word is split into terms once.
word AS (
    SELECT DISTINCT word
    FROM occurrence
),

-- Folded in a step of its own: DuckDB would fold it again for each kind of term.
folded AS (
    SELECT
        word,
        search_fold(word) AS folded
    FROM word
),

split AS (
    SELECT
        word,
        unnest(search_terms(folded)) AS term
    FROM folded
),

keyed AS (
    SELECT
        word,
        CAST('0x' || substr(md5(term), 1, 15) AS BIGINT) AS term_key
    FROM split
),

-- Rounded, so that the sum does not depend on the order of its addends.
found AS (
    SELECT
        keyed.term_key,
        occurrence.paper_number,
        round(sum(occurrence.weight), 6) AS weight
    FROM occurrence
    INNER JOIN keyed
        ON occurrence.word = keyed.word
    GROUP BY
        keyed.term_key,
        occurrence.paper_number
)

SELECT
    term_key,
    paper_number,
    CAST(weight * 2.2 / (weight + 1.2) AS DECIMAL(4, 3)) AS weight
FROM found
ORDER BY
    term_key,
    paper_number
