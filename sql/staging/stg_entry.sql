-- stg_entry: one row a paper, source, day listed and capture (its time and archive).
-- Adds the surrogate keys, and the reason why an entry is doubted. Every other model reads entries from here. Left out
-- are lists of days that have not begun, papers whose key another paper has, and feeds: they name no day, and only show
-- votes (see stg_observation). What an operator excluded is in no lake table that a model reads.
SELECT
    CAST('0x' || substr(md5(entry.arxiv_id), 1, 15) AS BIGINT) AS paper_key,
    CAST('0x' || substr(md5(entry.source), 1, 15) AS BIGINT) AS source_key,
    CASE
        WHEN lost_organization.name IS NULL THEN CAST('0x' || substr(md5(entry.organization), 1, 15) AS BIGINT)
    END AS organization_key,
    entry.source,
    entry.listed_on,
    entry.captured_at,
    entry.archive,
    CAST('0x' || substr(md5(entry.archive), 1, 15) AS BIGINT) AS archive_key,
    entry.arxiv_id,
    entry.rank,
    entry.title,
    entry.abstract,
    entry.votes,
    entry.comments,
    entry.published_at,
    entry.submitted_at,
    entry.submitted_by,
    entry.thumbnail_url,
    entry.video_url,
    entry.github_repo,
    entry.github_stars,
    entry.project_page,
    CASE WHEN lost_organization.name IS NULL THEN entry.organization END AS organization,
    entry.organization_full_name,
    entry.ai_summary,
    entry.withdrawn_at,
    entry.keyword_count,
    entry.authors_truncated,
    CASE
        WHEN entry.captured_at > build.built_at THEN 'future'
        WHEN repeated.arxiv_id IS NOT NULL THEN 'another day'
    END AS doubt
FROM lake_entry AS entry
CROSS JOIN lake_build AS build
INNER JOIN lake_source AS source
    ON entry.source = source.source AND source.names_days
LEFT JOIN stg_repeat AS repeated
    ON
        entry.source = repeated.source
        AND entry.arxiv_id = repeated.arxiv_id
        AND entry.listed_on = repeated.listed_on
LEFT JOIN stg_collision AS lost_organization
    ON lost_organization.kind = 'organization' AND entry.organization = lost_organization.name
LEFT JOIN stg_collision AS lost_paper
    ON lost_paper.kind = 'paper' AND entry.arxiv_id = lost_paper.name
WHERE
    lost_paper.name IS NULL
    AND entry.listed_on <= CAST(build.built_at AS DATE)
