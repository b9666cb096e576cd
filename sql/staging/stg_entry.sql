-- stg_entry: one row a paper, source, day listed and capture (its time and archive).
-- Adds the surrogate keys, and the reason why an entry is doubted. Every other model reads entries from here. Left out
-- are lists of days that have not begun, papers whose key another paper has, and feeds: they name no day, and only show
-- votes (see stg_observation). What an operator excluded is in no lake table that a model reads; what an operator
-- corrected replaces the values of every source here.
WITH correction AS (
    -- One row a paper: NULL where a field is not corrected, '' where the operator says that nobody knows it.
    SELECT
        arxiv_id,
        max(CASE WHEN field = 'title' THEN value END) AS title,
        max(CASE WHEN field = 'abstract' THEN coalesce(value, '') END) AS abstract,
        max(CASE WHEN field = 'published_on' THEN coalesce(value, '') END) AS published_on,
        max(CASE WHEN field = 'submitted_at' THEN coalesce(value, '') END) AS submitted_at,
        max(CASE WHEN field = 'submitted_by' THEN coalesce(value, '') END) AS submitted_by,
        max(CASE WHEN field = 'thumbnail_url' THEN coalesce(value, '') END) AS thumbnail_url,
        max(CASE WHEN field = 'video_url' THEN coalesce(value, '') END) AS video_url,
        max(CASE WHEN field = 'github_repo' THEN coalesce(value, '') END) AS github_repo,
        max(CASE WHEN field = 'project_page' THEN coalesce(value, '') END) AS project_page,
        max(CASE WHEN field = 'organization' THEN coalesce(value, '') END) AS organization,
        max(CASE WHEN field = 'ai_summary' THEN coalesce(value, '') END) AS ai_summary
    FROM lake_correction
    GROUP BY arxiv_id
),

entry AS (
    SELECT
        said.source,
        said.listed_on,
        said.captured_at,
        said.archive,
        said.arxiv_id,
        said.rank,
        coalesce(correction.title, said.title) AS title,
        nullif(coalesce(correction.abstract, said.abstract), '') AS abstract,
        said.votes,
        said.comments,
        CASE
            WHEN correction.published_on IS NULL THEN said.published_at
            ELSE CAST(nullif(correction.published_on, '') AS TIMESTAMP)
        END AS published_at,
        CASE
            WHEN correction.submitted_at IS NULL THEN said.submitted_at
            ELSE CAST(nullif(correction.submitted_at, '') AS TIMESTAMP)
        END AS submitted_at,
        nullif(coalesce(correction.submitted_by, said.submitted_by), '') AS submitted_by,
        nullif(coalesce(correction.thumbnail_url, said.thumbnail_url), '') AS thumbnail_url,
        nullif(coalesce(correction.video_url, said.video_url), '') AS video_url,
        nullif(coalesce(correction.github_repo, said.github_repo), '') AS github_repo,
        CASE WHEN correction.github_repo IS NULL THEN said.github_stars END AS github_stars,
        nullif(coalesce(correction.project_page, said.project_page), '') AS project_page,
        nullif(coalesce(correction.organization, said.organization), '') AS organization,
        CASE WHEN correction.organization IS NULL THEN said.organization_full_name END AS organization_full_name,
        nullif(coalesce(correction.ai_summary, said.ai_summary), '') AS ai_summary,
        said.withdrawn_at,
        said.keyword_count,
        said.authors_truncated
    FROM lake_entry AS said
    LEFT JOIN correction
        ON said.arxiv_id = correction.arxiv_id
)

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
FROM entry
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
