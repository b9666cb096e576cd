-- stg_newest_entry: one row a paper and source: the newest entry, with all that it says of the paper.
-- An entry that is doubted is the newest only where there are no others. What an operator corrected replaces the values
-- of every source here.
-- Its order is by one row of columns, since DuckDB finds the first by one value without sorting.
WITH newest AS (
    SELECT
        paper_key,
        source_key,
        organization_key,
        source,
        listed_on,
        captured_at,
        archive,
        arxiv_id,
        title,
        comments,
        github_stars,
        authors_truncated,
        doubt IS NOT NULL AS is_doubted
    FROM stg_entry
    QUALIFY row_number() OVER (
        PARTITION BY paper_key, source_key
        ORDER BY (doubt IS NULL, captured_at, listed_on, archive) DESC
    ) = 1
)

SELECT
    newest.paper_key,
    newest.source_key,
    newest.organization_key,
    newest.title,
    nullif(coalesce(correction.abstract, said.abstract), '') AS abstract,
    CASE
        WHEN correction.published_on IS NULL THEN CAST(said.published_at AS DATE)
        ELSE CAST(nullif(correction.published_on, '') AS DATE)
    END AS published_on,
    CASE
        WHEN correction.submitted_at IS NULL THEN said.submitted_at
        ELSE CAST(nullif(correction.submitted_at, '') AS TIMESTAMP)
    END AS submitted_at,
    nullif(coalesce(correction.submitted_by, said.submitted_by), '') AS submitted_by,
    nullif(coalesce(correction.thumbnail_url, said.thumbnail_url), '') AS thumbnail_url,
    nullif(coalesce(correction.video_url, said.video_url), '') AS video_url,
    nullif(coalesce(correction.github_repo, said.github_repo), '') AS github_repo,
    newest.github_stars,
    nullif(coalesce(correction.project_page, said.project_page), '') AS project_page,
    newest.comments,
    nullif(coalesce(correction.ai_summary, said.ai_summary), '') AS ai_summary,
    said.withdrawn_at,
    said.keyword_count,
    newest.authors_truncated,
    newest.is_doubted
FROM newest
INNER JOIN lake_entry AS said
    ON
        newest.arxiv_id = said.arxiv_id
        AND newest.source = said.source
        AND newest.listed_on = said.listed_on
        AND newest.captured_at = said.captured_at
        AND newest.archive = said.archive
LEFT JOIN stg_correction AS correction
    ON newest.arxiv_id = correction.arxiv_id
