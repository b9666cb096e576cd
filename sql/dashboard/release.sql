-- release: one row, the release that the page shows, what it holds and how its checks ended.
WITH paper AS (
    SELECT
        count(*) AS papers,
        min(first_listed_on) AS first_day,
        max(first_listed_on) AS last_day
    FROM mart_paper
),

author AS (
    SELECT count(*) AS authors
    FROM mart_author
),

piece AS (
    SELECT count(*) AS rejects
    FROM meta_reject
),

checked AS (
    SELECT
        count(*) AS checks,
        count(*) FILTER (NOT passed) AS failed_checks
    FROM meta_check
)

SELECT
    release.release_id,
    release.built_at,
    release.contents,
    paper.papers,
    paper.first_day,
    paper.last_day,
    author.authors,
    piece.rejects,
    checked.checks,
    checked.failed_checks
FROM meta_release AS release
CROSS JOIN paper
CROSS JOIN author
CROSS JOIN piece
CROSS JOIN checked
