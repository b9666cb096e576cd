-- release: one row, the release that the page shows, what it holds and how its checks ended.
WITH paper AS (
    SELECT
        count(*) AS papers,
        min(first_listed_on) AS first_day,
        max(first_listed_on) AS last_day,
        min(first_listed_on) FILTER (organization IS NOT NULL) AS first_day_with_organization
    FROM mart_paper
),

author AS (
    SELECT count(*) AS authors
    FROM mart_author
),

keyword AS (
    SELECT min(month) AS first_month_with_keyword
    FROM mart_keyword_month
),

reject AS (
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
    paper.first_day_with_organization,
    keyword.first_month_with_keyword,
    author.authors,
    reject.rejects,
    checked.checks,
    checked.failed_checks
FROM meta_release AS release
CROSS JOIN paper
CROSS JOIN author
CROSS JOIN keyword
CROSS JOIN reject
CROSS JOIN checked
