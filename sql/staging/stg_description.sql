-- stg_description: one row a listed paper that a source describes without listing it: its newest answer.
-- Code and venue are those of the authors' comment, the venue as printed. Not every way of naming one is known: of 1,633
-- comments, the expressions find a venue in 351. They leave out where a paper was only submitted.
WITH listed AS (
    SELECT DISTINCT
        arxiv_id,
        paper_key
    FROM stg_entry
),

-- What an operator corrected stands in stg_entry, where it replaces the values of every source.
corrected AS (
    SELECT
        arxiv_id,
        max(CASE WHEN field = 'abstract' THEN 1 ELSE 0 END) AS has_abstract,
        max(CASE WHEN field = 'published_on' THEN 1 ELSE 0 END) AS has_published_on
    FROM lake_correction
    GROUP BY arxiv_id
)

SELECT
    listed.paper_key,
    CAST('0x' || substr(md5(entry.source), 1, 15) AS BIGINT) AS source_key,
    entry.source,
    entry.listed_on,
    entry.captured_at,
    entry.archive,
    entry.arxiv_id,
    entry.title,
    CASE WHEN coalesce(corrected.has_abstract, 0) = 0 THEN entry.abstract END AS abstract,
    CASE WHEN coalesce(corrected.has_published_on, 0) = 0 THEN CAST(entry.published_at AS DATE) END AS published_on,
    entry.arxiv_comment,
    entry.doi,
    entry.journal_ref,
    entry.arxiv_version,
    entry.authors_truncated,
    CAST(entry.updated_at AS DATE) AS updated_on,
    'https://' || nullif(
        regexp_replace(
            regexp_extract(
                entry.arxiv_comment,
                '(?:^|[^A-Za-z0-9.-])(?:https?://)?(?:www[.])?'
                || '((?i:github|gitlab)[.]com/[A-Za-z0-9_.-]+/[A-Za-z0-9_-]+(?:[.][A-Za-z0-9_-]+)*)',
                1
            ),
            '[.]git$',
            '',
            'g'
        ),
        ''
    ) AS code_url_in_comment,
    coalesce(
        -- Accepted to ICLR 2025. Accepted as a highlight paper at ICCV 2025. To appear in Proc. of ACL 2025, 9 pages.
        nullif(
            regexp_extract(
                entry.arxiv_comment,
                '(?:(?:^|[^A-Za-z])(?i:accept(?:ed)?|to appear|(?:to|will) be (?:published|presented)|appeared'
                || '|published|oral|spotlight|highlight)|(?:^|[.;,(] )(?i:presented|appear(?:s|ing)))'
                || '(?i: (?:paper|version|manuscript|article))?'
                || '(?i:,? (?:and )?to (?:appear|be published|be presented))?'
                || '(?i: for (?:an? )?(?:[a-z]+ )?(?:publication|presentation))?'
                || '(?i: [(]?(?:as )?(?:an? )?[a-z -]{0,40}?'
                || '(?:paper|poster|oral|spotlight|highlight|presentation|chapter|article)[)]?)?'
                || ' (?i:to|at|by|in|@):? (?i:the )?'
                -- A venue begins with a capital: 'will appear in the next version' names none.
                || '((?:(?:non-archival|main|proceedings|findings|journal|workshops?|conference|of|the|on) )*'
                || '(?:[0-9]+[a-z]* )?(?:Proc[.]|["'']?[0-9]?[A-Z][^ .;,():~]*|[a-z]+ ?20[0-9]{2})'
                || '(?: (?:(?:Proc|Conf|Int|Intl|Trans|Symp|Lett|Anal|Mach|Intell)[.]|[^ .;,():~]+))*?'
                || '(?:(?:, [A-Z][a-z]+)+, and [A-Z][a-z]+)?'
                || '(?: [(][A-Za-z]*[A-Z][a-z]*[A-Z][A-Za-z]*(?: ?''?[0-9]{2,4})?[)])?'
                || '(?:: [A-Z]{2,}[A-Za-z]* ?[0-9]{2,4}|,? [(]?20[0-9]{2}[)]?| at [A-Z]{2,}[A-Za-z]* ?[0-9]{2,4})?)'
                || '(?:[.;,():~]| [-|@(/]| as | for (?i:publication|oral|presentation)| [0-9]+ ?(?i:pages)'
                || '| (?i:project|code|webpage|website|homepage|github|demo|our|see|page|with code|https?)[^a-z]'
                || '| (?i:accepted|oral|spotlight|highlight|poster|camera)|$)',
                1
            ),
            ''
        ),
        -- CVPR 2025 (oral). Findings of ACL 2026, 9 pages. IEEE Transactions on Image Processing.
        nullif(
            regexp_extract(
                entry.arxiv_comment,
                '(?:^|[.;,:(|] |- |(?i:accepted for (?:the )?))(?i:in (?:the )?)?'
                || '((?:(?:[A-Z0-9][A-Za-z0-9/&-]* ){1,6}Workshop (?:at|@) )?(?:Findings of )?'
                || '(?:[A-Z][A-Za-z]*[A-Z][A-Za-z]*[/ ])?[A-Z][A-Za-z]*[A-Z][A-Za-z]*'
                || '(?: (?:Asia|Findings|Workshops?))?,?[ ''-]{0,2}(?:20)?[0-9]{2}'
                || '(?: (?:Workshops?(?: (?:on|for) [^.;,:()]+)?'
                || '|(?:Main|Findings|Conference|Industry|Datasets and Benchmarks|DB|Demo|Student Research Workshop)'
                || '(?: Conference| Track| Papers?| Proceedings)?))?'
                || '|(?:[0-9]+[a-z]+ )?(?:[A-Z][A-Za-z/]* ){0,4}(?:Conference|Transactions|Journal|Symposium)'
                || ' (?:on|of|for) [A-Z][A-Za-z-]*(?: [^ .;,():~]+)*?(?:(?:, [A-Z][a-z]+)+, and [A-Z][a-z]+)?'
                || '(?: [(][A-Za-z]*[A-Z][a-z]*[A-Z][A-Za-z]*(?: ?''?[0-9]{2,4})?[)])?(?:,? [(]?20[0-9]{2}[)]?)?)'
                || '(?:[.;,:()|~]| (?i:oral|spotlight|highlight|poster|paper|accepted|camera)| [(;:,|/-]'
                || '| [0-9]+ ?(?i:pages)| (?i:project|code|web|homepage|github|see|https?)|$)',
                1
            ),
            ''
        )
    ) AS venue_as_printed
FROM lake_entry AS entry
INNER JOIN lake_source AS source
    ON entry.source = source.source AND NOT source.lists_papers
INNER JOIN listed
    ON entry.arxiv_id = listed.arxiv_id
LEFT JOIN corrected
    ON entry.arxiv_id = corrected.arxiv_id
CROSS JOIN lake_build AS build
WHERE entry.captured_at <= build.built_at
QUALIFY row_number() OVER (
    PARTITION BY entry.arxiv_id
    ORDER BY source.precedence, entry.captured_at DESC, entry.listed_on DESC, entry.archive
) = 1
