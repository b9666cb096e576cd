-- papers: one row a paper of some, with what a feed says of it.
-- Sections are left out: their licence is not that of facts.
WITH wanted AS (
    SELECT unnest(CAST(CAST($papers AS JSON) AS VARCHAR[])) AS arxiv_id
),

authors AS (
    SELECT
        paper.paper_key,
        list(bridge.name_as_printed ORDER BY bridge.position NULLS LAST, bridge.name_as_printed) AS names
    FROM wanted
    INNER JOIN dim_paper AS paper
        ON wanted.arxiv_id = paper.arxiv_id
    INNER JOIN bridge_paper_author AS bridge
        ON paper.paper_key = bridge.paper_key
    GROUP BY paper.paper_key
),

keywords AS (
    SELECT
        paper.paper_key,
        list(DISTINCT keyword.canonical_keyword ORDER BY keyword.canonical_keyword) AS names
    FROM wanted
    INNER JOIN dim_paper AS paper
        ON wanted.arxiv_id = paper.arxiv_id
    INNER JOIN bridge_paper_keyword AS bridge
        ON paper.paper_key = bridge.paper_key
    INNER JOIN dim_keyword AS keyword
        ON bridge.keyword_key = keyword.keyword_key
    GROUP BY paper.paper_key
),

categories AS (
    SELECT
        paper.paper_key,
        list(category.category ORDER BY bridge.is_primary DESC, category.category) AS names
    FROM wanted
    INNER JOIN dim_paper AS paper
        ON wanted.arxiv_id = paper.arxiv_id
    INNER JOIN bridge_paper_category AS bridge
        ON paper.paper_key = bridge.paper_key
    INNER JOIN dim_category AS category
        ON bridge.category_key = category.category_key
    GROUP BY paper.paper_key
)

SELECT
    paper.arxiv_id,
    paper.title,
    paper.abstract,
    paper.first_listed_on,
    paper.page_url,
    paper.arxiv_url,
    paper.pdf_url,
    paper.github_repo,
    paper.project_page,
    authors.names AS authors,
    keywords.names AS keywords,
    categories.names AS categories,
    coalesce(organization.full_name, organization.name) AS organization
FROM wanted
INNER JOIN dim_paper AS paper
    ON wanted.arxiv_id = paper.arxiv_id
LEFT JOIN authors
    ON paper.paper_key = authors.paper_key
LEFT JOIN keywords
    ON paper.paper_key = keywords.paper_key
LEFT JOIN categories
    ON paper.paper_key = categories.paper_key
LEFT JOIN dim_organization AS organization
    ON paper.organization_key = organization.organization_key
