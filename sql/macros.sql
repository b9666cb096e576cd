-- The functions that are published with the tables, each after the functions that it uses. They must run on every
-- DuckDB from 1.1.3 on: no lambdas, no typed parameters, no names of catalogs, no extensions.
-- Only DuckDB can run them, and the search layer that they read.

-- search_singular: A text in lower case, with its English plurals in the form that the singular gets, too.
-- So these meet: agents and agent, GPUs and GPU, policies and policy, classes and class, caches and cache, biases and
-- bias, analyses and analysis. The rule knows endings, not words: "physics" loses its s. It does not join irregular
-- plurals (matrices and matrix, lenses and lens) or forms of verbs (training, trained), and leaves words of three
-- letters as they are.
CREATE MACRO search_singular(text) AS
regexp_replace(
    regexp_replace(
        regexp_replace(
            regexp_replace(text, '([a-z]{4}s)is\b', '\1es', 'g'),
            '([a-z0-9]{2})ies?\b', '\1y', 'g'
        ),
        '([a-z0-9]{2}[a-rt-z0-9])s\b', '\1', 'g'
    ),
    '([a-z](?:ia|u))se\b|([a-z0-9]{2}(?:[osxz]|[cs]h))e\b', '\1\2', 'g'
);

-- search_plain: A text in Unicode NFC, without accents, in lower case.
CREATE MACRO search_plain(text) AS
lower(strip_accents(nfc_normalize(text)));

-- search_gap: A regular expression of what may stand between words: punctuation, symbols, blanks and marks, as blocks.
-- Classes such as \pP would say so in fewer words, but DuckDB compiles them for longer than all else in a search takes.
CREATE MACRO search_gap() AS
'[\x00-/:-@\[-`{-\x{a9}\x{ab}-\x{b1}\x{b4}\x{b6}-\x{b8}\x{bb}\x{bf}\x{d7}\x{f7}\x{2c2}-\x{2c5}'
|| '\x{2d2}-\x{2df}\x{300}-\x{36f}\x{60c}\x{61b}\x{61f}\x{964}\x{965}\x{2000}-\x{206f}\x{207a}-\x{207e}'
|| '\x{208a}-\x{208e}\x{20a0}-\x{20ff}\x{2190}-\x{245f}\x{2500}-\x{2775}\x{2794}-\x{2bff}\x{2e00}-\x{2e2e}'
|| '\x{2e30}-\x{2e7f}\x{3000}-\x{3004}\x{3008}-\x{3020}\x{3030}\x{30a0}\x{30fb}\x{e000}-\x{f8ff}'
|| '\x{fe00}-\x{fe6f}\x{feff}-\x{ff0f}\x{ff1a}-\x{ff20}\x{ff3b}-\x{ff40}\x{ff5b}-\x{ff65}\x{ffe0}-\x{ffff}'
|| '\x{1f000}-\x{1f0ff}\x{1f110}-\x{1faff}]+';

-- search_line: A text as its words with one blank between them.
CREATE MACRO search_line(text) AS
trim(regexp_replace(search_plain(text), search_gap(), ' ', 'g'));

-- search_fold: The form in which search compares words: a line with English words in the singular.
-- An arXiv id loses its version and the address around it.
CREATE MACRO search_fold(text) AS
search_singular(
    search_line(
        regexp_replace(
            text,
            '[\w./:]*?\b(\d{4}\.\d{4,5}|[a-z][a-z-]{1,20}(?:\.[A-Z]{2})?/\d{7})'
            || '(?:v\d{1,3})?\b(?:\.pdf)?(?:[?#][\w.=&#-]*)?',
            ' \1 ', 'g'
        )
    )
);

-- search_words: The words of a folded text: runs of Hangul, and other words and numbers.
CREATE MACRO search_words(folded) AS
regexp_extract_all(folded, '\p{Hangul}+|[^ \p{Hangul}]+');

-- search_pairs: All pairs of neighbouring syllables in the runs of Hangul of a folded text.
CREATE MACRO search_pairs(folded) AS
list_concat(
    -- Pairs that begin at the first, the third, … syllable of a run.
    regexp_extract_all(folded, '\p{Hangul}{2}'),
    -- Without its first syllable, the run gives the pairs that begin at the second, the fourth, … one.
    regexp_extract_all(regexp_replace(folded, '\p{Hangul}(\p{Hangul}*)', ' \1', 'g'), '\p{Hangul}{2}')
);

-- search_terms: The terms of a folded text, in no particular order.
-- A word is a term. A run of Hangul gives every pair of neighbouring syllables, so that a word is found within its
-- inflected forms; a run of one syllable is a term itself.
CREATE MACRO search_terms(folded) AS
list_concat(search_pairs(folded), search_words(regexp_replace(folded, '\p{Hangul}{2,}', ' ', 'g')));

-- search_tokens: The terms of a text, in no particular order. Papers and searches are split by the same rule.
CREATE MACRO search_tokens(text) AS
search_terms(search_fold(text));

-- search_stem: A Korean word without its particles, unless less than two syllables would be left. Others stay.
CREATE MACRO search_stem(word) AS
regexp_replace(
    word,
    '^(\p{Hangul}{2,}?)(?:에서|에게|으로|까지|부터|처럼|보다|은|는|이|가|을|를|의|에|로|와|과)+$', '\1'
);

-- search_hit: Papers that hold any of the words: how many of the words each should hold, how many it holds, its score.
-- Case, accents, hyphens and English plurals make no difference.
-- A paper holds a Korean word if it holds more than half of its pairs of syllables, with or without particles, so that
-- spaces and endings make no difference. A lone syllable is no condition beside other words.
-- A word's score is the sum of the BM25 scores of the terms that the paper holds, times the share of the word's terms
-- that it holds. A paper's score is the sum of its words'.
CREATE MACRO search_hit(words) AS TABLE
    WITH
    -- Names of columns differ from the parameter's, which DuckDB would put in their place.
    asked AS (
        SELECT search_fold(words) AS folded
    ),

    split AS (
        SELECT
            len(list_distinct(search_words(folded))) AS all_words,
            len(list_distinct(regexp_extract_all(folded, '\p{Hangul}{2,}|[^ \p{Hangul}]+'))) AS long_words,
            unnest(list_distinct(search_words(folded))) AS word
        FROM asked
    ),

    word AS (
        SELECT
            hash(word) AS word_key,
            CASE WHEN long_words = 0 THEN all_words ELSE long_words END AS words_to_hold,
            long_words = 0 OR NOT regexp_full_match(word, '\p{Hangul}') AS is_condition,
            search_stem(word) AS stem,
            list_distinct(search_terms(word)) AS terms
        FROM split
    ),

    term AS (
        SELECT
            word_key,
            words_to_hold,
            is_condition,
            stem,
            len(terms) AS terms_of_word,
            len(list_distinct(search_terms(stem))) AS terms_of_stem,
            unnest(terms) AS term
        FROM word
    ),

    keyed AS (
        SELECT
            word_key,
            words_to_hold,
            is_condition,
            terms_of_word,
            terms_of_stem,
            CAST('0x' || substr(md5(term), 1, 15) AS BIGINT) AS term_key, -- noqa: CP05
            CAST(contains(stem, term) AS INTEGER) AS in_stem -- noqa: CP05
        FROM term
    ),

    -- Read once, since both the rarity of a term and the papers that hold it need them.
    posting AS MATERIALIZED (
        SELECT
            term_key,
            paper_number,
            weight
        FROM search_term
        WHERE term_key IN (SELECT keyed.term_key FROM keyed)
    ),

    total AS (
        SELECT count(*) AS papers
        FROM search_paper
    ),

    -- The fewer papers hold a term, the more it counts.
    rare AS (
        SELECT
            keyed.word_key,
            keyed.words_to_hold,
            keyed.is_condition,
            keyed.terms_of_word,
            keyed.terms_of_stem,
            keyed.term_key,
            keyed.in_stem,
            ln(1 + (total.papers - count(*) + 0.5) / (count(*) + 0.5)) AS rarity
        FROM posting
        INNER JOIN keyed
            ON posting.term_key = keyed.term_key
        CROSS JOIN total
        GROUP BY
            keyed.word_key,
            keyed.words_to_hold,
            keyed.is_condition,
            keyed.terms_of_word,
            keyed.terms_of_stem,
            keyed.term_key,
            keyed.in_stem,
            total.papers
    ),

    held AS (
        SELECT
            posting.paper_number,
            rare.word_key,
            rare.words_to_hold,
            rare.is_condition,
            rare.terms_of_word,
            rare.terms_of_stem,
            count(*) AS terms,
            sum(rare.in_stem) AS stem_terms,
            sum(rare.rarity * posting.weight) AS score
        FROM posting
        INNER JOIN rare
            ON posting.term_key = rare.term_key
        GROUP BY
            posting.paper_number,
            rare.word_key,
            rare.words_to_hold,
            rare.is_condition,
            rare.terms_of_word,
            rare.terms_of_stem
    ),

    hit AS (
        SELECT
            paper_number,
            words_to_hold,
            count(*) FILTER (
                WHERE is_condition
                AND (2 * terms > terms_of_word OR 2 * stem_terms > terms_of_stem)
            ) AS words_held,
            -- With a tiny addend, every version of DuckDB rounds half a hundredth up.
            round(sum(score * terms / terms_of_word) + 1e-9, 2) AS score
        FROM held
        GROUP BY
            paper_number,
            words_to_hold
    )

    SELECT
        paper.paper_key,
        paper.arxiv_id,
        paper.title,
        hit.score,
        paper.first_listed_on,
        paper.latest_votes,
        paper.page_url,
        hit.words_to_hold,
        hit.words_held
    FROM hit
    INNER JOIN search_paper AS numbered
        ON hit.paper_number = numbered.paper_number
    INNER JOIN dim_paper AS paper
        ON numbered.paper_key = paper.paper_key;

-- search: Papers that hold all words, best first: FROM search('강화 학습') LIMIT 10.
-- Words are looked for in titles, abstracts, sections, names of authors and arXiv ids: search('Yann LeCun'),
-- search('2410.16256').
CREATE MACRO search(words) AS TABLE
    SELECT
        arxiv_id,
        title,
        score,
        first_listed_on,
        latest_votes,
        page_url
    FROM search_hit(words)
    WHERE words_held = words_to_hold
    ORDER BY
        score DESC,
        latest_votes DESC NULLS LAST,
        arxiv_id;

-- search_any: Papers that hold any of the words, best first: FROM search_any('mamba rwkv') LIMIT 10.
CREATE MACRO search_any(words) AS TABLE
    SELECT
        arxiv_id,
        title,
        score,
        first_listed_on,
        latest_votes,
        page_url
    FROM search_hit(words)
    WHERE words_held > 0
    ORDER BY
        score DESC,
        latest_votes DESC NULLS LAST,
        arxiv_id;

-- search_phrase: Papers that hold the words side by side in one text, best first: FROM search_phrase('flow matching').
-- The last word may go on: search_phrase('state space model') finds models and modelling, too.
CREATE MACRO search_phrase(words) AS TABLE
    WITH
    hit AS (
        SELECT *
        FROM search_hit(words)
        WHERE words_held = words_to_hold
    ),

    passage AS (
        SELECT
            paper_key,
            title AS text
        FROM dim_paper
        UNION ALL
        SELECT
            paper_key,
            abstract AS text
        FROM dim_paper
        UNION ALL
        SELECT
            paper_key,
            text
        FROM fact_section
        UNION ALL
        SELECT
            paper_key,
            name_as_printed AS text
        FROM bridge_paper_author
    ),

    spoken AS (
        SELECT DISTINCT hit.paper_key
        FROM hit
        INNER JOIN passage
            ON hit.paper_key = passage.paper_key
        WHERE
            -- The condition on both sides keeps DuckDB from reading the texts of all papers before it joins.
            CASE
                WHEN hit.words_held > 0
                    THEN regexp_matches(
                        search_plain(passage.text),
                        '(?:^|' || search_gap() || ')' || replace(search_line(words), ' ', search_gap()) -- noqa: RF02
                    )
            END
    )

    SELECT
        arxiv_id,
        title,
        score,
        first_listed_on,
        latest_votes,
        page_url
    FROM hit
    WHERE paper_key IN (SELECT spoken.paper_key FROM spoken)
    ORDER BY
        score DESC,
        latest_votes DESC NULLS LAST,
        arxiv_id;
