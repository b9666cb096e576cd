-- stg_folded_keyword: one row a keyword, with the keyword that stands for it and the rule that says so.
-- Four rules fold spellings together, each proven by the keywords themselves:
-- parentheses: `large language models (llms)` names its own abbreviation, whose letters stand in it in this order;
-- abbreviation: `llm` is spelled out so by at least three papers, and by nine in ten of those that spell it out;
-- plural and hyphen: two spellings differ only in the end of the last word, or only in hyphens and blanks.
-- Of the spellings that belong together, the most used one that is spelled out stands for all.
WITH counted AS (
    SELECT
        keyword,
        count(*) AS papers
    FROM stg_keyword
    GROUP BY keyword
),

-- `head (inner)`, where that is all of the keyword. (Others get NULL: DuckDB would join a WHERE with those below, and
-- ask their patterns of every keyword first.)
split AS (
    SELECT
        keyword,
        CASE
            WHEN
                keyword LIKE '_% (__%)'
                AND length(replace(keyword, '(', '')) = length(keyword) - 1
                AND length(replace(keyword, ')', '')) = length(keyword) - 1
                THEN strpos(keyword, '(')
        END AS opening
    FROM counted
),

parted AS (
    SELECT
        keyword,
        trim(substr(keyword, 1, opening - 1)) AS head,
        trim(substr(keyword, opening + 1, length(keyword) - opening - 1)) AS inner_part
    FROM split
),

lettered AS (
    SELECT
        keyword,
        head,
        inner_part,
        regexp_replace(head, '[^a-z0-9]', '', 'g') AS head_letters,
        regexp_replace(inner_part, '[^a-z0-9]', '', 'g') AS inner_letters
    FROM parted
),

-- The longer part may be what the shorter one is short for.
paired AS (
    SELECT
        keyword,
        head AS spelled_out,
        inner_part AS abbreviation,
        head_letters AS letters,
        inner_letters AS short_letters
    FROM lettered
    WHERE length(head_letters) > length(inner_letters)
    UNION ALL
    SELECT
        keyword,
        inner_part AS spelled_out,
        head AS abbreviation,
        inner_letters AS letters,
        head_letters AS short_letters
    FROM lettered
    WHERE length(head_letters) < length(inner_letters)
),

explained AS (
    SELECT
        keyword,
        spelled_out,
        abbreviation
    FROM paired
    WHERE
        length(short_letters) >= 2
        AND regexp_matches(letters, '^' || array_to_string(string_split(short_letters, ''), '.*'))
),

spelled AS (
    SELECT
        counted.keyword,
        counted.papers,
        coalesce(explained.spelled_out, counted.keyword) AS spelled_out,
        explained.abbreviation
    FROM counted
    LEFT JOIN explained
        ON counted.keyword = explained.keyword
),

compact AS (
    SELECT
        keyword,
        papers,
        spelled_out,
        abbreviation IS NOT NULL AS has_parentheses,
        replace(replace(spelled_out, '-', ''), ' ', '') AS compact,
        replace(replace(abbreviation, '-', ''), ' ', '') AS compact_abbreviation
    FROM spelled
),

-- Without the ending of a plural; `analysis`, `bias`, `loss` and `physics` are none.
keyed AS (
    SELECT
        keyword,
        papers,
        spelled_out,
        has_parentheses,
        compact,
        CASE
            WHEN length(compact) < 3 THEN compact
            WHEN compact LIKE '%ies' THEN substr(compact, 1, length(compact) - 3) || 'y'
            WHEN regexp_matches(compact, '(ss|x|ch|sh)es$') THEN substr(compact, 1, length(compact) - 2)
            WHEN regexp_matches(compact, '(s|u|i|ic|bia|len)s$') THEN compact
            WHEN compact LIKE '%s' THEN substr(compact, 1, length(compact) - 1)
            ELSE compact
        END AS base_key,
        CASE
            WHEN length(compact_abbreviation) > 2 AND compact_abbreviation LIKE '%s'
                THEN substr(compact_abbreviation, 1, length(compact_abbreviation) - 1)
            ELSE compact_abbreviation
        END AS abbreviation_key
    FROM compact
),

expansion AS (
    SELECT
        abbreviation_key,
        base_key,
        sum(papers) AS papers,
        sum(sum(papers)) OVER (PARTITION BY abbreviation_key) AS all_papers
    FROM keyed
    WHERE has_parentheses
    GROUP BY
        abbreviation_key,
        base_key
),

proven AS (
    SELECT
        abbreviation_key,
        base_key,
        papers,
        all_papers
    FROM expansion
    WHERE papers >= 3 AND 10 * papers >= 9 * all_papers AND abbreviation_key <> base_key
),

folded AS (
    SELECT
        keyed.keyword,
        keyed.papers,
        keyed.spelled_out,
        keyed.has_parentheses,
        keyed.compact,
        proven.abbreviation_key IS NOT NULL AS is_abbreviation,
        proven.papers AS expanding_papers,
        proven.all_papers AS all_expanding_papers,
        coalesce(proven.base_key, keyed.base_key) AS folded_key
    FROM keyed
    LEFT JOIN proven
        ON keyed.base_key = proven.abbreviation_key
),

ranked AS (
    SELECT
        keyword,
        papers,
        spelled_out,
        has_parentheses,
        compact,
        is_abbreviation,
        expanding_papers,
        all_expanding_papers,
        folded_key,
        row_number() OVER (
            PARTITION BY folded_key
            ORDER BY
                has_parentheses OR is_abbreviation,
                papers DESC,
                keyword
        ) AS place
    FROM folded
)

SELECT
    spelling.keyword,
    canonical.keyword AS canonical_keyword,
    CASE
        WHEN spelling.keyword = canonical.keyword THEN NULL
        WHEN spelling.is_abbreviation THEN 'abbreviation'
        WHEN spelling.has_parentheses THEN 'parentheses'
        WHEN spelling.compact = canonical.compact THEN 'hyphen'
        ELSE 'plural'
    END AS rule,
    CASE
        WHEN spelling.keyword = canonical.keyword THEN NULL
        WHEN spelling.is_abbreviation
            THEN
                CAST(spelling.expanding_papers AS VARCHAR)
                || ' of '
                || CAST(spelling.all_expanding_papers AS VARCHAR)
                || ' papers that spell it out say so'
        WHEN spelling.has_parentheses THEN 'it names its abbreviation itself'
        ELSE 'both spellings are in use'
    END AS evidence,
    CAST(spelling.papers AS INTEGER) AS papers,
    CAST(canonical.papers AS INTEGER) AS canonical_papers
FROM ranked AS spelling
INNER JOIN ranked AS canonical
    ON spelling.folded_key = canonical.folded_key AND canonical.place = 1
