-- search_term: one row a term and paper that it stands in, with how much the paper is about it.
-- The search layer is for DuckDB alone: it is no part of what other engines can run.
-- The weight is that of BM25F with k1 = 1.2 and b = 0.75: each field is measured against the usual length of that
-- field, so that an English abstract does not weigh on Korean sections, and a term of the title counts four times.
-- It says nothing of other papers, so the papers are taken a slice at a time: search_slice holds those of search_paper
-- whose turn it is, and memory stays flat however many there are.
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

-- The days are in the joins because the tables are sorted by them: what lies on other days is not read.
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
),

-- No term reaches over a blank, so what stands between two blanks is taken apart by itself, and
spoken AS (
    SELECT
        passage.paper_number,
        field.weight / (0.25 + 0.75 * length(passage.text) / field.usual_length) AS weight,
        unnest(string_split(passage.text, ' ')) AS word
    FROM passage
    INNER JOIN search_field AS field
        ON passage.field = field.field
),

-- once, however often it is said.
word AS (
    SELECT DISTINCT word
    FROM spoken
),

said AS (
    SELECT
        word,
        unnest(search_tokens(word)) AS term
    FROM word
),

keyed AS (
    SELECT
        word,
        CAST('0x' || substr(md5(term), 1, 15) AS BIGINT) AS term_key
    FROM said
),

-- Rounded, so that the order in which occurrences are added up leaves no trace.
found AS (
    SELECT
        keyed.term_key,
        spoken.paper_number,
        round(sum(spoken.weight), 6) AS weight
    FROM spoken
    INNER JOIN keyed
        ON spoken.word = keyed.word
    GROUP BY
        keyed.term_key,
        spoken.paper_number
)

SELECT
    term_key,
    paper_number,
    CAST(weight * 2.2 / (weight + 1.2) AS DECIMAL(4, 3)) AS weight
FROM found
ORDER BY
    term_key,
    paper_number
