-- error: every surrogate key is the one that its natural key gives
WITH named AS (
    SELECT
        'dim_paper' AS relation,
        paper_key AS surrogate_key,
        arxiv_id AS name
    FROM dim_paper
    UNION ALL
    SELECT
        'dim_author' AS relation,
        author_key AS surrogate_key,
        name_normalized AS name
    FROM dim_author
    UNION ALL
    SELECT
        'dim_source' AS relation,
        source_key AS surrogate_key,
        source AS name
    FROM dim_source
    UNION ALL
    SELECT
        'dim_archive' AS relation,
        archive_key AS surrogate_key,
        archive AS name
    FROM dim_archive
    UNION ALL
    SELECT
        'dim_keyword' AS relation,
        keyword_key AS surrogate_key,
        keyword AS name
    FROM dim_keyword
    UNION ALL
    SELECT
        'dim_category' AS relation,
        category_key AS surrogate_key,
        category AS name
    FROM dim_category
    UNION ALL
    SELECT
        'dim_organization' AS relation,
        organization_key AS surrogate_key,
        name
    FROM dim_organization
    UNION ALL
    SELECT
        'mart_paper' AS relation,
        paper_key AS surrogate_key,
        arxiv_id AS name
    FROM mart_paper
)

SELECT
    relation,
    name,
    surrogate_key
FROM named
WHERE surrogate_key <> CAST('0x' || substr(md5(name), 1, 15) AS BIGINT)
