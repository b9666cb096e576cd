-- stg_description: one row a listed paper that a source describes without listing it: its newest answer.
-- A code address and a venue are what the authors' comment prints, not interpreted.
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
    nullif(
        regexp_extract(
            entry.arxiv_comment, 'https?://(?:www[.])?(?:github|gitlab)[.]com/[A-Za-z0-9_.-]+/[A-Za-z0-9_-]+'
        ),
        ''
    ) AS code_url_in_comment,
    nullif(
        trim(
            regexp_extract(
                entry.arxiv_comment,
                '(?i)(?:accepted|to appear|published|presented) (?:for (?:publication|presentation) )?'
                || '(?:as an? [a-z -]{1,40} )?(?:to|at|by|in|for|@) (?:the )?([^.;,()]+)',
                1
            )
        ),
        ''
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
    ORDER BY source.precedence, entry.captured_at DESC, entry.archive
) = 1
