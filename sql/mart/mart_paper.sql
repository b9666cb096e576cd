-- mart_paper: one row a paper, flat, with names in place of keys.
WITH credited AS (
    SELECT
        bridge.paper_key,
        max(CASE WHEN bridge.is_first THEN author.name END) AS first_author,
        max(CASE WHEN bridge.is_last THEN author.name END) AS last_author
    FROM bridge_paper_author AS bridge
    INNER JOIN dim_author AS author
        ON bridge.author_key = author.author_key
    GROUP BY bridge.paper_key
),

listed AS (
    SELECT
        listing.paper_key,
        string_agg(DISTINCT source.source, ', ' ORDER BY source.source) AS listed_by
    FROM fact_listing AS listing
    INNER JOIN dim_source AS source
        ON listing.source_key = source.source_key
    GROUP BY listing.paper_key
),

tagged AS (
    SELECT
        bridge.paper_key,
        string_agg(category.category, ', ' ORDER BY bridge.is_primary DESC, category.category) AS categories
    FROM bridge_paper_category AS bridge
    INNER JOIN dim_category AS category
        ON bridge.category_key = category.category_key
    GROUP BY bridge.paper_key
)

SELECT
    paper.arxiv_id,
    paper.title,
    paper.first_listed_on,
    paper.last_listed_on,
    paper.published_on,
    paper.latest_votes,
    paper.votes_seen_at,
    paper.peak_votes,
    aged.votes AS votes_72h,
    paper.comments,
    paper.github_stars,
    paper.author_count,
    credited.first_author,
    credited.last_author,
    organization.canonical_name AS organization,
    organization.full_name AS organization_full_name,
    paper.primary_category,
    tagged.categories,
    paper.listing_count,
    listed.listed_by,
    paper.is_still_listed,
    paper.is_withdrawn,
    paper.has_github_repo,
    paper.has_project_page,
    paper.has_organization,
    paper.arxiv_url,
    paper.page_url,
    paper.github_repo,
    paper.code_url_in_comment,
    paper.latest_arxiv_version,
    paper.arxiv_updated_on,
    paper.arxiv_comment,
    paper.venue_as_printed,
    paper.journal_ref,
    paper.doi,
    paper.paper_key
FROM dim_paper AS paper
INNER JOIN listed
    ON paper.paper_key = listed.paper_key
LEFT JOIN credited
    ON paper.paper_key = credited.paper_key
LEFT JOIN fact_vote_age AS aged
    ON paper.paper_key = aged.paper_key AND aged.age_hours = 72 AND aged.is_narrow
LEFT JOIN tagged
    ON paper.paper_key = tagged.paper_key
LEFT JOIN dim_organization AS organization
    ON paper.organization_key = organization.organization_key
ORDER BY
    paper.first_listed_on,
    paper.arxiv_id
