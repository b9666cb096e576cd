-- The functions that are published with the tables, each after the functions that it uses. They must run on every
-- DuckDB from 1.1.3 on: no lambdas, no typed parameters, no names of catalogs, no extensions.
-- Only DuckDB can run them, and the search layer that they read.

-- search_fold: The form in which search compares texts: Unicode NFC, without accents, in lower case.
CREATE MACRO search_fold(text) AS
lower(strip_accents(nfc_normalize(text)));

-- search_tokens: The terms of a text, in no particular order. Papers and searches are split by the same rule.
-- A word or a number is a term. A run of Hangul gives every pair of neighbouring syllables, so that a word is found
-- within its inflected forms; a run of one syllable is a term itself.
CREATE MACRO search_tokens(text) AS
list_concat(
    list_concat(
        -- Pairs that begin at the first, the third, … syllable of a run.
        regexp_extract_all(search_fold(text), '\p{Hangul}{2}'),
        -- Without its first syllable, the run gives the pairs that begin at the second, the fourth, … one.
        regexp_extract_all(
            regexp_replace(search_fold(text), '\p{Hangul}(\p{Hangul}*)', ' \1', 'g'), '\p{Hangul}{2}'
        )
    ),
    -- Without runs of two and more, lone syllables and words are left: letters other than Hangul, and digits.
    regexp_extract_all(
        regexp_replace(search_fold(text), '\p{Hangul}{2,}', ' ', 'g'),
        '\p{Hangul}|(?:[^\P{L}\p{Hangul}]|\p{N})+'
    )
);

-- search: Papers that hold any of the words, best first: FROM search('강화 학습') LIMIT 10.
-- A paper's score is the sum of the BM25 scores of the terms that it holds, times the share of all terms that it holds.
CREATE MACRO search(words) AS TABLE
    WITH
    wanted AS (
        SELECT DISTINCT unnest(search_tokens(words)) AS term
    ),

    asked AS (
        SELECT
            CAST('0x' || substr(md5(term), 1, 15) AS BIGINT) AS term_key, -- noqa: CP05
            count(*) OVER () AS terms
        FROM wanted
    ),

    total AS (
        SELECT count(*) AS papers
        FROM search_paper
    ),

    -- The fewer papers hold a term, the more it counts.
    rarity AS (
        SELECT
            asked.term_key,
            asked.terms,
            ln(1 + (total.papers - count(*) + 0.5) / (count(*) + 0.5)) AS rarity
        FROM search_term AS found
        INNER JOIN asked
            ON found.term_key = asked.term_key
        CROSS JOIN total
        GROUP BY
            asked.term_key,
            asked.terms,
            total.papers
    ),

    hit AS (
        SELECT
            found.paper_number,
            -- With a tiny addend, every version of DuckDB rounds half a hundredth up.
            round(sum(rarity.rarity * found.weight) / max(rarity.terms) * count(*) + 1e-9, 2) AS score
        FROM search_term AS found
        INNER JOIN rarity
            ON found.term_key = rarity.term_key
        GROUP BY found.paper_number
    )

    SELECT
        paper.arxiv_id,
        paper.title,
        hit.score,
        paper.first_listed_on,
        paper.latest_votes,
        paper.page_url
    FROM hit
    INNER JOIN search_paper AS numbered
        ON hit.paper_number = numbered.paper_number
    INNER JOIN dim_paper AS paper
        ON numbered.paper_key = paper.paper_key
    ORDER BY
        hit.score DESC,
        paper.latest_votes DESC NULLS LAST,
        paper.arxiv_id;
