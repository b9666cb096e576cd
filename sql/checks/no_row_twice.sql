-- error: no fact, bridge, dimension or mart holds a row of its grain twice, or two rows of one key
SELECT
    'dim_paper' AS relation,
    arxiv_id AS grain,
    count(*) AS copies
FROM dim_paper
GROUP BY arxiv_id
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_author' AS relation,
    name_normalized AS grain,
    count(*) AS copies
FROM dim_author
GROUP BY name_normalized
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_paper_version' AS relation,
    concat_ws(' ', paper_key, title) AS grain,
    count(*) AS copies
FROM dim_paper_version
GROUP BY
    paper_key,
    title
HAVING count(*) > 1
UNION ALL
SELECT
    'bridge_paper_author' AS relation,
    concat_ws(' ', paper_key, author_key) AS grain,
    count(*) AS copies
FROM bridge_paper_author
GROUP BY
    paper_key,
    author_key
HAVING count(*) > 1
UNION ALL
SELECT
    'bridge_paper_keyword' AS relation,
    concat_ws(' ', paper_key, keyword_key) AS grain,
    count(*) AS copies
FROM bridge_paper_keyword
GROUP BY
    paper_key,
    keyword_key
HAVING count(*) > 1
UNION ALL
SELECT
    'fact_listing' AS relation,
    concat_ws(' ', paper_key, source_key, listed_on) AS grain,
    count(*) AS copies
FROM fact_listing
GROUP BY
    paper_key,
    source_key,
    listed_on
HAVING count(*) > 1
UNION ALL
SELECT
    'fact_vote' AS relation,
    concat_ws(' ', paper_key, source_key, listed_on, captured_at) AS grain,
    count(*) AS copies
FROM fact_vote
GROUP BY
    paper_key,
    source_key,
    listed_on,
    captured_at
HAVING count(*) > 1
UNION ALL
SELECT
    'fact_vote_day' AS relation,
    concat_ws(' ', paper_key, date) AS grain,
    count(*) AS copies
FROM fact_vote_day
GROUP BY
    paper_key,
    date
HAVING count(*) > 1
UNION ALL
SELECT
    'fact_section' AS relation,
    concat_ws(' ', paper_key, source_key, listed_on, position) AS grain,
    count(*) AS copies
FROM fact_section
GROUP BY
    paper_key,
    source_key,
    listed_on,
    position
HAVING count(*) > 1
UNION ALL
SELECT
    'mart_paper' AS relation,
    arxiv_id AS grain,
    count(*) AS copies
FROM mart_paper
GROUP BY arxiv_id
HAVING count(*) > 1
UNION ALL
SELECT
    'mart_coverage' AS relation,
    concat_ws(' ', source, date) AS grain,
    count(*) AS copies
FROM mart_coverage
GROUP BY
    source,
    date
HAVING count(*) > 1
UNION ALL
SELECT
    'mart_author' AS relation,
    CAST(author_key AS VARCHAR) AS grain,
    count(*) AS copies
FROM mart_author
GROUP BY author_key
HAVING count(*) > 1
UNION ALL
SELECT
    'mart_organization' AS relation,
    CAST(organization_key AS VARCHAR) AS grain,
    count(*) AS copies
FROM mart_organization
GROUP BY organization_key
HAVING count(*) > 1
UNION ALL
SELECT
    'mart_keyword_month' AS relation,
    concat_ws(' ', keyword_key, month) AS grain,
    count(*) AS copies
FROM mart_keyword_month
GROUP BY
    keyword_key,
    month
HAVING count(*) > 1
UNION ALL
SELECT
    'mart_vote_velocity' AS relation,
    arxiv_id AS grain,
    count(*) AS copies
FROM mart_vote_velocity
GROUP BY arxiv_id
HAVING count(*) > 1
UNION ALL
SELECT
    'mart_coauthor' AS relation,
    concat_ws(' ', author_key_a, author_key_b) AS grain,
    count(*) AS copies
FROM mart_coauthor
GROUP BY
    author_key_a,
    author_key_b
HAVING count(*) > 1
UNION ALL
SELECT
    'search_paper' AS relation,
    CAST(paper_number AS VARCHAR) AS grain,
    count(*) AS copies
FROM search_paper
GROUP BY paper_number
HAVING count(*) > 1
UNION ALL
-- What follows are keys, which long tables do not have to refuse them.
SELECT
    'dim_date' AS relation,
    CAST(date AS VARCHAR) AS grain,
    count(*) AS copies
FROM dim_date
GROUP BY date
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_source' AS relation,
    CAST(source_key AS VARCHAR) AS grain,
    count(*) AS copies
FROM dim_source
GROUP BY source_key
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_source' AS relation,
    source AS grain,
    count(*) AS copies
FROM dim_source
GROUP BY source
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_organization' AS relation,
    CAST(organization_key AS VARCHAR) AS grain,
    count(*) AS copies
FROM dim_organization
GROUP BY organization_key
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_organization' AS relation,
    name AS grain,
    count(*) AS copies
FROM dim_organization
GROUP BY name
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_keyword' AS relation,
    CAST(keyword_key AS VARCHAR) AS grain,
    count(*) AS copies
FROM dim_keyword
GROUP BY keyword_key
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_keyword' AS relation,
    keyword AS grain,
    count(*) AS copies
FROM dim_keyword
GROUP BY keyword
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_paper' AS relation,
    CAST(paper_key AS VARCHAR) AS grain,
    count(*) AS copies
FROM dim_paper
GROUP BY paper_key
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_author' AS relation,
    CAST(author_key AS VARCHAR) AS grain,
    count(*) AS copies
FROM dim_author
GROUP BY author_key
HAVING count(*) > 1
UNION ALL
SELECT
    'search_paper' AS relation,
    CAST(paper_key AS VARCHAR) AS grain,
    count(*) AS copies
FROM search_paper
GROUP BY paper_key
HAVING count(*) > 1
UNION ALL
SELECT
    'search_field' AS relation,
    field AS grain,
    count(*) AS copies
FROM search_field
GROUP BY field
HAVING count(*) > 1
UNION ALL
SELECT
    'dim_paper_version' AS relation,
    concat_ws(' ', paper_key, version) AS grain,
    count(*) AS copies
FROM dim_paper_version
GROUP BY
    paper_key,
    version
HAVING count(*) > 1
