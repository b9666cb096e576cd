-- dim_paper: one row a paper, in its current state.
-- Of the two sources, Hugging Face's own API wins; what only one has is kept from that one.
WITH newest AS (
    SELECT
        paper_key,
        source,
        arxiv_id,
        title,
        abstract,
        CAST(published_at AS DATE) AS published_on,
        submitted_by,
        thumbnail_url,
        video_url,
        github_repo,
        github_stars,
        project_page,
        organization_key,
        comments,
        ai_summary,
        withdrawn_at,
        keyword_count,
        authors_truncated
    FROM stg_entry
    QUALIFY row_number() OVER (PARTITION BY paper_key, source ORDER BY captured_at DESC, listed_on DESC) = 1
),

listing AS (
    SELECT
        paper_key,
        arxiv_id,
        min(listed_on) AS first_listed_on,
        max(listed_on) AS last_listed_on,
        max(votes) AS peak_votes
    FROM stg_entry
    GROUP BY
        paper_key,
        arxiv_id
),

-- A source lists a paper once a day, in however many captures.
listed AS (
    SELECT DISTINCT
        paper_key,
        source_key,
        listed_on
    FROM stg_entry
),

counted AS (
    SELECT
        paper_key,
        count(*) AS listing_count
    FROM listed
    GROUP BY paper_key
),

latest_vote AS (
    SELECT
        paper_key,
        votes
    FROM stg_observation
    WHERE votes IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY paper_key
        ORDER BY seen_at DESC, CASE source WHEN 'huggingface' THEN 1 ELSE 2 END, listed_on DESC
    ) = 1
),

authors AS (
    SELECT
        paper_key,
        count(*) AS author_count,
        bool_or(authors_truncated) AS authors_truncated
    FROM stg_authorship
    GROUP BY paper_key
),

keywords AS (
    SELECT
        paper_key,
        count(*) AS keyword_count
    FROM stg_keyword
    GROUP BY paper_key
)

SELECT
    listing.paper_key,
    listing.arxiv_id,
    coalesce(api.title, digest.title) AS title,
    coalesce(api.abstract, digest.abstract) AS abstract,
    api.published_on,
    listing.first_listed_on,
    listing.last_listed_on,
    CAST(counted.listing_count AS INTEGER) AS listing_count,
    CAST(authors.author_count AS INTEGER) AS author_count,
    CAST(
        coalesce(keywords.keyword_count, CASE WHEN api.keyword_count IS NOT NULL THEN 0 END) AS INTEGER
    ) AS keyword_count,
    latest_vote.votes AS latest_votes,
    listing.peak_votes,
    api.comments,
    api.github_stars,
    'https://arxiv.org/abs/' || listing.arxiv_id AS arxiv_url,
    'https://arxiv.org/pdf/' || listing.arxiv_id AS pdf_url,
    'https://huggingface.co/papers/' || listing.arxiv_id AS page_url,
    coalesce(api.thumbnail_url, digest.thumbnail_url) AS thumbnail_url,
    coalesce(api.video_url, digest.video_url) AS video_url,
    api.github_repo,
    api.project_page,
    api.ai_summary,
    api.submitted_by,
    api.organization_key,
    api.withdrawn_at IS NOT NULL AS is_withdrawn,
    coalesce(authors.authors_truncated, digest.authors_truncated, FALSE) AS authors_truncated
FROM listing
INNER JOIN counted
    ON listing.paper_key = counted.paper_key
LEFT JOIN newest AS api
    ON listing.paper_key = api.paper_key AND api.source = 'huggingface'
LEFT JOIN newest AS digest
    ON listing.paper_key = digest.paper_key AND digest.source = 'digest'
LEFT JOIN latest_vote
    ON listing.paper_key = latest_vote.paper_key
LEFT JOIN authors
    ON listing.paper_key = authors.paper_key
LEFT JOIN keywords
    ON listing.paper_key = keywords.paper_key
ORDER BY
    listing.first_listed_on,
    listing.arxiv_id
