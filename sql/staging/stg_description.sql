-- stg_description: one row a listed paper that a source describes without listing it: its newest answer.
-- Code and venue are what the authors' comment prints, not interpreted. Not every way of naming a venue is known.
WITH listed AS (
    SELECT DISTINCT
        arxiv_id,
        paper_key
    FROM stg_entry
)

SELECT
    listed.paper_key,
    entry.source,
    entry.listed_on,
    entry.captured_at,
    entry.archive,
    entry.arxiv_id,
    entry.title,
    -- What an operator corrected stands in stg_newest_entry.
    CASE WHEN correction.abstract IS NULL THEN entry.abstract END AS abstract,
    CASE WHEN correction.published_on IS NULL THEN CAST(entry.published_at AS DATE) END AS published_on,
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
        -- Accepted to ICLR 2025. To appear as an oral paper at ACL 2025 (main), 9 pages.
        nullif(
            regexp_extract(
                entry.arxiv_comment,
                '(?i:accept(?:ed)?|appear(?:ed|ing)?|published)(?i:,? (?:for|as)(?: [a-z-]+){1,4})?'
                || ' (?i:to|at|by|in|@):? (?i:the )?((?:[0-9]+[a-z]* ?)?[A-Z][^.;,]*?)'
                || '(?: (?:Code|Project|https?|as|with)[^A-Za-z]|[.;,]|$)',
                1
            ),
            ''
        ),
        -- CVPR 2025. 9 pages, ACL 2025 Findings.
        nullif(
            regexp_extract(
                entry.arxiv_comment,
                '(?:^|[.;,] )(?:In )?([A-Z][A-Za-z]*[A-Z][A-Za-z]*(?: [A-Z][A-Za-z]*)* ?20[0-9]{2}'
                || '(?: [A-Z][A-Za-z]*)*)(?:[.;,]| [(]|$)',
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
LEFT JOIN stg_correction AS correction
    ON entry.arxiv_id = correction.arxiv_id
CROSS JOIN lake_build AS build
WHERE entry.captured_at <= build.built_at
QUALIFY row_number() OVER (
    PARTITION BY entry.arxiv_id
    ORDER BY source.precedence, entry.captured_at DESC, entry.listed_on DESC, entry.archive
) = 1
