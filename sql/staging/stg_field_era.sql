-- stg_field_era: one row a source, archive and optional field of which some answer has a value.
-- It says from when until when answers could have one.
-- A source leaves a field out where a paper has no value, so only the values show whether it knows the field. Answers
-- before the first value could not say. Those after the last value could not either, if ten times as many papers came
-- without the field as usually come between two that have it; otherwise the era has no end. A value that an operator
-- corrected shows nothing of the answers.
WITH valued AS (
    SELECT
        entry.source_key,
        entry.archive_key,
        entry.captured_at,
        optional.field,
        CASE optional.field
            WHEN 'github_repo' THEN entry.has_github_repo
            WHEN 'project_page' THEN entry.has_project_page
            WHEN 'organization' THEN entry.organization IS NOT NULL
            WHEN 'video_url' THEN entry.has_video
            ELSE entry.has_withdrawal
        END AS has_value
    FROM stg_entry AS entry
    CROSS JOIN
        (VALUES ('github_repo'), ('project_page'), ('organization'), ('video_url'), ('withdrawal')) AS optional (field)
    LEFT JOIN lake_correction AS correction
        ON entry.arxiv_id = correction.arxiv_id AND optional.field = correction.field
    WHERE correction.arxiv_id IS NULL
),

known AS (
    SELECT
        source_key,
        archive_key,
        field,
        min(captured_at) AS first_captured_at,
        max(captured_at) AS last_captured_at,
        count(*) AS papers_with_value
    FROM valued
    WHERE has_value
    GROUP BY
        source_key,
        archive_key,
        field
),

counted AS (
    SELECT
        known.source_key,
        known.archive_key,
        known.field,
        known.first_captured_at,
        known.last_captured_at,
        known.papers_with_value,
        count(CASE WHEN valued.captured_at <= known.last_captured_at THEN 1 END) AS papers_within,
        count(CASE WHEN valued.captured_at > known.last_captured_at THEN 1 END) AS papers_after
    FROM known
    INNER JOIN valued
        ON
            known.source_key = valued.source_key
            AND known.archive_key = valued.archive_key
            AND known.field = valued.field
            AND known.first_captured_at <= valued.captured_at
    GROUP BY
        known.source_key,
        known.archive_key,
        known.field,
        known.first_captured_at,
        known.last_captured_at,
        known.papers_with_value
)

SELECT
    source_key,
    archive_key,
    field,
    first_captured_at,
    CASE WHEN papers_after * papers_with_value >= 10 * papers_within THEN last_captured_at END AS last_captured_at
FROM counted
