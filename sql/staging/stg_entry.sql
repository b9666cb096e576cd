-- stg_entry: one row a paper, source, day listed and capture (its time and archive).
-- Adds the surrogate keys, and the reason why an entry is doubted. Every other model reads entries from here. Left out
-- are lists of days that have not begun, papers whose key another paper has, and feeds: they name no day, and only show
-- votes (see stg_observation). What an operator excluded is in no lake table that a model reads; what an operator
-- corrected replaces the values of every source here. Of a field that hardly changes from capture to capture, this says
-- only whether the capture has it: its values, often long, are in stg_newest_entry.
WITH entry AS (
    SELECT
        said.source,
        said.listed_on,
        said.captured_at,
        said.archive,
        said.arxiv_id,
        said.rank,
        coalesce(correction.title, said.title) AS title,
        said.votes,
        said.comments,
        CASE WHEN correction.github_repo IS NULL THEN said.github_stars END AS github_stars,
        nullif(coalesce(correction.organization, said.organization), '') AS organization,
        CASE WHEN correction.organization IS NULL THEN said.organization_full_name END AS organization_full_name,
        said.github_repo IS NOT NULL AS has_github_repo,
        said.project_page IS NOT NULL AS has_project_page,
        said.video_url IS NOT NULL AS has_video,
        said.withdrawn_at IS NOT NULL AS has_withdrawal,
        said.authors_truncated
    FROM lake_entry AS said
    LEFT JOIN stg_correction AS correction
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
    entry.votes,
    entry.comments,
    entry.github_stars,
    CASE WHEN lost_organization.name IS NULL THEN entry.organization END AS organization,
    entry.organization_full_name,
    entry.has_github_repo,
    entry.has_project_page,
    entry.has_video,
    entry.has_withdrawal,
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
