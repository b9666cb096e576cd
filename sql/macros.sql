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

-- search_line: A text as its words with a blank before each, in Unicode NFC, without accents, in lower case.
CREATE MACRO search_line(text) AS
' ' || regexp_replace(
    lower(strip_accents(nfc_normalize(text))),
    -- Blocks of punctuation, symbols, blanks and marks. Classes such as \pP would say so in fewer words, but DuckDB
    -- compiles them for longer than all else in a search takes.
    '[\x00-/:-@\[-`{-\x{a9}\x{ab}-\x{b1}\x{b4}\x{b6}-\x{b8}\x{bb}\x{bf}\x{d7}\x{f7}\x{2c2}-\x{2c5}'
    || '\x{2d2}-\x{2df}\x{300}-\x{36f}\x{60c}\x{61b}\x{61f}\x{964}\x{965}\x{2000}-\x{206f}\x{207a}-\x{207e}'
    || '\x{208a}-\x{208e}\x{20a0}-\x{20ff}\x{2190}-\x{245f}\x{2500}-\x{2775}\x{2794}-\x{2bff}\x{2e00}-\x{2e2e}'
    || '\x{2e30}-\x{2e7f}\x{3000}-\x{3004}\x{3008}-\x{3020}\x{3030}\x{30a0}\x{30fb}\x{e000}-\x{f8ff}'
    || '\x{fe00}-\x{fe6f}\x{feff}-\x{ff0f}\x{ff1a}-\x{ff20}\x{ff3b}-\x{ff40}\x{ff5b}-\x{ff65}\x{ffe0}-\x{ffff}'
    || '\x{1f000}-\x{1f0ff}\x{1f110}-\x{1faff}]+',
    ' ', 'g'
);

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

-- search: Papers that hold all words, best first: FROM search('강화 학습') LIMIT 10.
-- Words in double quotes are a phrase, whose last word may go on: search('"state space model" vision').
-- OR in capitals asks for either side: search('mamba OR "state space model"').
-- Words are looked for in titles, abstracts, sections, names of authors and arXiv ids: search('Yann LeCun'),
-- search('2410.16256'). Case, accents, hyphens and English plurals make no difference.
-- A paper holds a Korean word if it holds more than half of its pairs of syllables, with or without particles, so that
-- spaces and endings make no difference. A lone syllable is no condition beside other words.
-- A word's score is the sum of the BM25 scores of the terms that the paper holds, times the share of the word's terms
-- that it holds. A paper's score is the sum of its words'.
CREATE MACRO search(words) AS TABLE
    WITH
    -- Names of columns differ from the parameter's, which DuckDB would put in their place.
    side AS (
        SELECT
            hash(text) AS side,
            search_fold(text) AS folded,
            list_distinct(regexp_extract_all(text, '"([^"]+)"', 1)) AS phrases
        FROM (SELECT DISTINCT unnest(string_split_regex(translate(words, '“”„', '"""'), '\s+OR\s+')) AS text) AS split
    ),

    split AS (
        SELECT
            side,
            len(phrases) AS phrases,
            len(list_distinct(search_words(folded))) AS all_words,
            len(list_distinct(regexp_extract_all(folded, '\p{Hangul}{2,}|[^ \p{Hangul}]+'))) AS long_words,
            unnest(list_distinct(search_words(folded))) AS word
        FROM side
    ),

    word AS (
        SELECT
            hash(side, word) AS word_key,
            side,
            phrases,
            CASE WHEN long_words = 0 THEN all_words ELSE long_words END AS conditions,
            long_words = 0 OR NOT regexp_full_match(word, '\p{Hangul}') AS is_condition,
            search_stem(word) AS stem,
            list_distinct(search_terms(word)) AS terms,
            len(list_distinct(search_terms(search_stem(word)))) AS terms_of_stem
        FROM split
    ),

    term AS (
        SELECT
            word_key,
            stem,
            unnest(terms) AS term
        FROM word
    ),

    keyed AS (
        SELECT
            word_key,
            CAST('0x' || substr(md5(term), 1, 15) AS BIGINT) AS term_key, -- noqa: CP05
            CAST(contains(stem, term) AS INTEGER) AS in_stem -- noqa: CP05
        FROM term
    ),

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
    rarity AS (
        SELECT
            posting.term_key,
            ln(1 + (total.papers - count(*) + 0.5) / (count(*) + 0.5)) AS rarity
        FROM posting
        CROSS JOIN total
        GROUP BY
            posting.term_key,
            total.papers
    ),

    held AS (
        SELECT
            keyed.word_key,
            posting.paper_number,
            count(*) AS terms,
            sum(keyed.in_stem) AS terms_of_stem,
            sum(rarity.rarity * posting.weight) AS score
        FROM posting
        INNER JOIN keyed
            ON posting.term_key = keyed.term_key
        INNER JOIN rarity
            ON posting.term_key = rarity.term_key
        GROUP BY
            keyed.word_key,
            posting.paper_number
    ),

    candidate AS (
        SELECT
            word.side,
            word.phrases,
            held.paper_number,
            sum(held.score * held.terms / len(word.terms)) AS score
        FROM held
        INNER JOIN word
            ON held.word_key = word.word_key
        GROUP BY
            word.side,
            word.phrases,
            word.conditions,
            held.paper_number
        HAVING
            word.conditions = count(*) FILTER (
                WHERE word.is_condition
                AND (2 * held.terms > len(word.terms) OR 2 * held.terms_of_stem > word.terms_of_stem)
            )
    ),

    phrase AS (
        SELECT
            side,
            unnest(phrases) AS phrase
        FROM side
    ),

    suspect AS (
        SELECT
            phrase.side,
            phrase.phrase,
            rtrim(search_line(phrase.phrase)) AS beginning,
            candidate.paper_number,
            numbered.paper_key
        FROM phrase
        INNER JOIN candidate
            ON phrase.side = candidate.side
        INNER JOIN search_paper AS numbered
            ON candidate.paper_number = numbered.paper_number
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
        SELECT
            suspect.side,
            suspect.paper_number,
            count(DISTINCT suspect.phrase) AS phrases
        FROM suspect
        INNER JOIN passage
            ON suspect.paper_key = passage.paper_key
        WHERE contains(search_line(passage.text), suspect.beginning)
        GROUP BY
            suspect.side,
            suspect.paper_number
    ),

    hit AS (
        SELECT
            candidate.paper_number,
            -- With a tiny addend, every version of DuckDB rounds half a hundredth up.
            round(sum(candidate.score) + 1e-9, 2) AS score
        FROM candidate
        LEFT JOIN spoken
            ON candidate.side = spoken.side AND candidate.paper_number = spoken.paper_number
        WHERE candidate.phrases = coalesce(spoken.phrases, 0)
        GROUP BY candidate.paper_number
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
