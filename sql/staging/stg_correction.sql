-- stg_correction: one row a paper that an operator corrected.
-- NULL is a field that is not corrected, '' one of which the operator says that nobody knows it.
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
