-- error: a paper has every value that an operator corrected
SELECT
    correction.arxiv_id,
    correction.field,
    correction.value
FROM meta_correction AS correction
INNER JOIN dim_paper AS paper
    ON correction.arxiv_id = paper.arxiv_id
LEFT JOIN dim_organization AS organization
    ON paper.organization_key = organization.organization_key
WHERE
    correction.value IS DISTINCT FROM CASE correction.field
        WHEN 'title' THEN paper.title
        WHEN 'abstract' THEN paper.abstract
        WHEN 'published_on' THEN CAST(paper.published_on AS VARCHAR)
        WHEN 'submitted_at' THEN CAST(paper.submitted_at AS VARCHAR)
        WHEN 'submitted_by' THEN paper.submitted_by
        WHEN 'thumbnail_url' THEN paper.thumbnail_url
        WHEN 'video_url' THEN paper.video_url
        WHEN 'github_repo' THEN paper.github_repo
        WHEN 'project_page' THEN paper.project_page
        WHEN 'organization' THEN organization.name
        WHEN 'ai_summary' THEN paper.ai_summary
    END
