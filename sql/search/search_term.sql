-- search_term: one row a term and paper that it stands in, with what it adds to the paper's score.
-- The search layer is for DuckDB alone: it is no part of what other engines can run.
-- The score is BM25F with k1 = 1.2 and b = 0.75: each field is measured against the usual length of that field,
-- so that an English abstract does not weigh on Korean sections, and a term of the title counts four times.
WITH passage AS (
    SELECT
        paper_key,
        'title' AS field,
        search_tokens(title) AS terms
    FROM dim_paper
    UNION ALL
    SELECT
        paper_key,
        'abstract' AS field,
        search_tokens(abstract) AS terms
    FROM dim_paper
    WHERE abstract IS NOT NULL
    UNION ALL
    SELECT
        paper_key,
        'section' AS field,
        search_tokens(text) AS terms
    FROM fact_section
),

-- How long the fields of a paper are, and how long those of all papers that have them.
sized AS (
    SELECT
        paper_key,
        field,
        sum(len(terms)) AS length,
        avg(sum(len(terms))) OVER (PARTITION BY field) AS usual_length
    FROM passage
    GROUP BY
        paper_key,
        field
),

spoken AS (
    SELECT
        paper_key,
        field,
        unnest(terms) AS term
    FROM passage
),

counted AS (
    SELECT
        paper_key,
        field,
        term,
        count(*) AS frequency
    FROM spoken
    GROUP BY
        paper_key,
        field,
        term
),

weighted AS (
    SELECT
        counted.paper_key,
        counted.term,
        CASE WHEN counted.field = 'title' THEN 4 ELSE 1 END
        * counted.frequency / (0.25 + 0.75 * sized.length / sized.usual_length) AS weight
    FROM counted
    INNER JOIN sized
        ON counted.paper_key = sized.paper_key AND counted.field = sized.field
),

-- Rounded, so that the order in which fields are added up leaves no trace.
found AS (
    SELECT
        paper_key,
        term,
        round(sum(weight), 6) AS weight,
        count(*) OVER (PARTITION BY term) AS papers
    FROM weighted
    GROUP BY
        paper_key,
        term
),

total AS (
    SELECT count(*) AS papers
    FROM search_paper
)

SELECT
    found.term,
    paper.paper_number,
    CAST(
        ln(1 + (total.papers - found.papers + 0.5) / (found.papers + 0.5)) * found.weight * 2.2 / (found.weight + 1.2)
        AS DECIMAL(4, 2)
    ) AS score
FROM found
INNER JOIN search_paper AS paper
    ON found.paper_key = paper.paper_key
CROSS JOIN total
ORDER BY
    found.term,
    paper.paper_number
