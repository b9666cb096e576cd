-- dim_paper: one row a paper, in its current state.
-- Each column has the value of the source with the best precedence among those that have one.
WITH best AS (
    SELECT
        newest.paper_key,
        first_value(newest.title IGNORE NULLS) OVER sources AS title,
        first_value(newest.abstract IGNORE NULLS) OVER sources AS abstract,
        first_value(newest.published_on IGNORE NULLS) OVER sources AS published_on,
        first_value(newest.submitted_at IGNORE NULLS) OVER sources AS submitted_at,
        first_value(newest.submitted_by IGNORE NULLS) OVER sources AS submitted_by,
        first_value(newest.thumbnail_url IGNORE NULLS) OVER sources AS thumbnail_url,
        first_value(newest.video_url IGNORE NULLS) OVER sources AS video_url,
        first_value(newest.github_repo IGNORE NULLS) OVER sources AS github_repo,
        first_value(newest.github_stars IGNORE NULLS) OVER sources AS github_stars,
        first_value(newest.project_page IGNORE NULLS) OVER sources AS project_page,
        first_value(newest.organization_key IGNORE NULLS) OVER sources AS organization_key,
        first_value(newest.comments IGNORE NULLS) OVER sources AS comments,
        first_value(newest.ai_summary IGNORE NULLS) OVER sources AS ai_summary,
        first_value(newest.withdrawn_at IGNORE NULLS) OVER sources AS withdrawn_at,
        first_value(newest.keyword_count IGNORE NULLS) OVER sources AS keyword_count,
        bool_or(newest.authors_truncated) OVER sources AS authors_truncated
    FROM stg_newest_entry AS newest
    INNER JOIN dim_source AS source
        ON newest.source_key = source.source_key
    WINDOW
        sources AS (
            PARTITION BY newest.paper_key
            ORDER BY newest.is_doubted, source.precedence
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
    QUALIFY row_number() OVER (PARTITION BY newest.paper_key ORDER BY newest.is_doubted, source.precedence) = 1
),

listing AS (
    SELECT
        paper_key,
        arxiv_id,
        min(listed_on) AS first_listed_on,
        max(listed_on) AS last_listed_on,
        count(*) AS listing_count,
        bool_or(is_still_listed) AS is_still_listed
    FROM stg_listing
    GROUP BY
        paper_key,
        arxiv_id
),

-- The latest votes are the end of the curve. The most votes may stand beside it.
voted AS (
    SELECT
        observation.paper_key,
        max_by(observation.votes, observation.observed_at) FILTER (WHERE off_curve.paper_key IS NULL) AS latest_votes,
        max(observation.observed_at) FILTER (WHERE off_curve.paper_key IS NULL) AS votes_seen_at,
        max(observation.votes) AS peak_votes
    FROM stg_observation AS observation
    LEFT JOIN stg_off_curve AS off_curve
        ON
            observation.paper_key = off_curve.paper_key
            AND observation.source_key = off_curve.source_key
            AND observation.archive_key = off_curve.archive_key
            AND observation.observed_at = off_curve.observed_at
            AND observation.listed_on IS NOT DISTINCT FROM off_curve.listed_on
    WHERE observation.votes IS NOT NULL AND observation.doubt IS NULL
    GROUP BY observation.paper_key
),

-- Which optional fields the answers that hold a paper could have.
answerable AS (
    SELECT
        entry.paper_key,
        bool_or(era.field = 'github_repo') AS knows_github_repo,
        bool_or(era.field = 'project_page') AS knows_project_page,
        bool_or(era.field = 'organization') AS knows_organization,
        bool_or(era.field = 'video_url') AS knows_video,
        bool_or(era.field = 'withdrawal') AS knows_withdrawal
    FROM stg_entry AS entry
    INNER JOIN stg_field_era AS era
        ON
            entry.source_key = era.source_key
            AND entry.archive_key = era.archive_key
            AND entry.captured_at >= era.first_captured_at
            AND entry.captured_at <= coalesce(era.last_captured_at, entry.captured_at)
    GROUP BY entry.paper_key
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
    best.title,
    coalesce(best.abstract, described.abstract) AS abstract,
    coalesce(best.published_on, described.published_on) AS published_on,
    best.submitted_at,
    listing.first_listed_on,
    listing.last_listed_on,
    CAST(listing.listing_count AS INTEGER) AS listing_count,
    CAST(authors.author_count AS INTEGER) AS author_count,
    CAST(
        coalesce(keywords.keyword_count, CASE WHEN best.keyword_count IS NOT NULL THEN 0 END) AS INTEGER
    ) AS keyword_count,
    voted.latest_votes,
    voted.votes_seen_at,
    voted.peak_votes,
    best.comments,
    best.github_stars,
    'https://arxiv.org/abs/' || listing.arxiv_id AS arxiv_url,
    'https://arxiv.org/pdf/' || listing.arxiv_id AS pdf_url,
    'https://huggingface.co/papers/' || listing.arxiv_id AS page_url,
    best.thumbnail_url,
    best.video_url,
    best.github_repo,
    best.project_page,
    best.ai_summary,
    best.submitted_by,
    best.organization_key,
    CASE
        WHEN best.github_repo IS NOT NULL THEN TRUE
        WHEN answerable.knows_github_repo THEN FALSE
    END AS has_github_repo,
    CASE
        WHEN best.project_page IS NOT NULL THEN TRUE
        WHEN answerable.knows_project_page THEN FALSE
    END AS has_project_page,
    CASE
        WHEN best.organization_key IS NOT NULL THEN TRUE
        WHEN answerable.knows_organization THEN FALSE
    END AS has_organization,
    CASE
        WHEN best.video_url IS NOT NULL THEN TRUE
        WHEN answerable.knows_video THEN FALSE
    END AS has_video,
    CASE
        WHEN best.withdrawn_at IS NOT NULL THEN TRUE
        WHEN answerable.knows_withdrawal THEN FALSE
    END AS is_withdrawn,
    listing.is_still_listed,
    coalesce(authors.authors_truncated, best.authors_truncated) AS authors_truncated,
    subject.category AS primary_category,
    described.arxiv_version AS latest_arxiv_version,
    described.updated_on AS arxiv_updated_on,
    described.arxiv_comment,
    described.doi,
    described.journal_ref,
    described.code_url_in_comment,
    described.venue_as_printed
FROM listing
INNER JOIN best
    ON listing.paper_key = best.paper_key
LEFT JOIN voted
    ON listing.paper_key = voted.paper_key
LEFT JOIN answerable
    ON listing.paper_key = answerable.paper_key
LEFT JOIN authors
    ON listing.paper_key = authors.paper_key
LEFT JOIN keywords
    ON listing.paper_key = keywords.paper_key
LEFT JOIN stg_description AS described
    ON listing.paper_key = described.paper_key
LEFT JOIN stg_paper_category AS subject
    ON listing.paper_key = subject.paper_key AND subject.is_primary
ORDER BY
    listing.first_listed_on,
    listing.arxiv_id
