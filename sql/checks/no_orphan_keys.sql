-- error: every key points at a row that is there
SELECT
    'dim_paper.first_listed_on' AS relation,
    CAST(child.first_listed_on AS VARCHAR) AS orphan
FROM dim_paper AS child
LEFT JOIN dim_date AS parent
    ON child.first_listed_on = parent.date
WHERE child.first_listed_on IS NOT NULL AND parent.date IS NULL
UNION ALL
SELECT
    'dim_paper.last_listed_on' AS relation,
    CAST(child.last_listed_on AS VARCHAR) AS orphan
FROM dim_paper AS child
LEFT JOIN dim_date AS parent
    ON child.last_listed_on = parent.date
WHERE child.last_listed_on IS NOT NULL AND parent.date IS NULL
UNION ALL
SELECT
    'dim_paper.organization_key' AS relation,
    CAST(child.organization_key AS VARCHAR) AS orphan
FROM dim_paper AS child
LEFT JOIN dim_organization AS parent
    ON child.organization_key = parent.organization_key
WHERE child.organization_key IS NOT NULL AND parent.organization_key IS NULL
UNION ALL
SELECT
    'dim_paper_version.paper_key' AS relation,
    CAST(child.paper_key AS VARCHAR) AS orphan
FROM dim_paper_version AS child
LEFT JOIN dim_paper AS parent
    ON child.paper_key = parent.paper_key
WHERE child.paper_key IS NOT NULL AND parent.paper_key IS NULL
UNION ALL
SELECT
    'dim_author.first_listed_on' AS relation,
    CAST(child.first_listed_on AS VARCHAR) AS orphan
FROM dim_author AS child
LEFT JOIN dim_date AS parent
    ON child.first_listed_on = parent.date
WHERE child.first_listed_on IS NOT NULL AND parent.date IS NULL
UNION ALL
SELECT
    'dim_author.last_listed_on' AS relation,
    CAST(child.last_listed_on AS VARCHAR) AS orphan
FROM dim_author AS child
LEFT JOIN dim_date AS parent
    ON child.last_listed_on = parent.date
WHERE child.last_listed_on IS NOT NULL AND parent.date IS NULL
UNION ALL
SELECT
    'bridge_paper_author.paper_key' AS relation,
    CAST(child.paper_key AS VARCHAR) AS orphan
FROM bridge_paper_author AS child
LEFT JOIN dim_paper AS parent
    ON child.paper_key = parent.paper_key
WHERE child.paper_key IS NOT NULL AND parent.paper_key IS NULL
UNION ALL
SELECT
    'bridge_paper_author.author_key' AS relation,
    CAST(child.author_key AS VARCHAR) AS orphan
FROM bridge_paper_author AS child
LEFT JOIN dim_author AS parent
    ON child.author_key = parent.author_key
WHERE child.author_key IS NOT NULL AND parent.author_key IS NULL
UNION ALL
SELECT
    'bridge_paper_keyword.paper_key' AS relation,
    CAST(child.paper_key AS VARCHAR) AS orphan
FROM bridge_paper_keyword AS child
LEFT JOIN dim_paper AS parent
    ON child.paper_key = parent.paper_key
WHERE child.paper_key IS NOT NULL AND parent.paper_key IS NULL
UNION ALL
SELECT
    'bridge_paper_keyword.keyword_key' AS relation,
    CAST(child.keyword_key AS VARCHAR) AS orphan
FROM bridge_paper_keyword AS child
LEFT JOIN dim_keyword AS parent
    ON child.keyword_key = parent.keyword_key
WHERE child.keyword_key IS NOT NULL AND parent.keyword_key IS NULL
UNION ALL
SELECT
    'fact_listing.paper_key' AS relation,
    CAST(child.paper_key AS VARCHAR) AS orphan
FROM fact_listing AS child
LEFT JOIN dim_paper AS parent
    ON child.paper_key = parent.paper_key
WHERE child.paper_key IS NOT NULL AND parent.paper_key IS NULL
UNION ALL
SELECT
    'fact_listing.source_key' AS relation,
    CAST(child.source_key AS VARCHAR) AS orphan
FROM fact_listing AS child
LEFT JOIN dim_source AS parent
    ON child.source_key = parent.source_key
WHERE child.source_key IS NOT NULL AND parent.source_key IS NULL
UNION ALL
SELECT
    'fact_listing.listed_on' AS relation,
    CAST(child.listed_on AS VARCHAR) AS orphan
FROM fact_listing AS child
LEFT JOIN dim_date AS parent
    ON child.listed_on = parent.date
WHERE child.listed_on IS NOT NULL AND parent.date IS NULL
UNION ALL
SELECT
    'fact_vote.paper_key' AS relation,
    CAST(child.paper_key AS VARCHAR) AS orphan
FROM fact_vote AS child
LEFT JOIN dim_paper AS parent
    ON child.paper_key = parent.paper_key
WHERE child.paper_key IS NOT NULL AND parent.paper_key IS NULL
UNION ALL
SELECT
    'fact_vote.source_key' AS relation,
    CAST(child.source_key AS VARCHAR) AS orphan
FROM fact_vote AS child
LEFT JOIN dim_source AS parent
    ON child.source_key = parent.source_key
WHERE child.source_key IS NOT NULL AND parent.source_key IS NULL
UNION ALL
SELECT
    'fact_vote.listed_on' AS relation,
    CAST(child.listed_on AS VARCHAR) AS orphan
FROM fact_vote AS child
LEFT JOIN dim_date AS parent
    ON child.listed_on = parent.date
WHERE child.listed_on IS NOT NULL AND parent.date IS NULL
UNION ALL
SELECT
    'fact_section.paper_key' AS relation,
    CAST(child.paper_key AS VARCHAR) AS orphan
FROM fact_section AS child
LEFT JOIN dim_paper AS parent
    ON child.paper_key = parent.paper_key
WHERE child.paper_key IS NOT NULL AND parent.paper_key IS NULL
UNION ALL
SELECT
    'fact_section.source_key' AS relation,
    CAST(child.source_key AS VARCHAR) AS orphan
FROM fact_section AS child
LEFT JOIN dim_source AS parent
    ON child.source_key = parent.source_key
WHERE child.source_key IS NOT NULL AND parent.source_key IS NULL
UNION ALL
SELECT
    'fact_section.listed_on' AS relation,
    CAST(child.listed_on AS VARCHAR) AS orphan
FROM fact_section AS child
LEFT JOIN dim_date AS parent
    ON child.listed_on = parent.date
WHERE child.listed_on IS NOT NULL AND parent.date IS NULL
UNION ALL
SELECT
    'fact_vote_day.paper_key' AS relation,
    CAST(child.paper_key AS VARCHAR) AS orphan
FROM fact_vote_day AS child
LEFT JOIN dim_paper AS parent
    ON child.paper_key = parent.paper_key
WHERE child.paper_key IS NOT NULL AND parent.paper_key IS NULL
UNION ALL
SELECT
    'fact_vote_day.date' AS relation,
    CAST(child.date AS VARCHAR) AS orphan
FROM fact_vote_day AS child
LEFT JOIN dim_date AS parent
    ON child.date = parent.date
WHERE child.date IS NOT NULL AND parent.date IS NULL
UNION ALL
SELECT
    'mart_paper.paper_key' AS relation,
    CAST(child.paper_key AS VARCHAR) AS orphan
FROM mart_paper AS child
LEFT JOIN dim_paper AS parent
    ON child.paper_key = parent.paper_key
WHERE child.paper_key IS NOT NULL AND parent.paper_key IS NULL
UNION ALL
SELECT
    'search_paper.paper_key' AS relation,
    CAST(child.paper_key AS VARCHAR) AS orphan
FROM search_paper AS child
LEFT JOIN dim_paper AS parent
    ON child.paper_key = parent.paper_key
WHERE child.paper_key IS NOT NULL AND parent.paper_key IS NULL
