-- matches: one row a paper that fulfils a saved search, with the first time when it did and its votes then.
-- A condition that is NULL holds for every paper. A paper is found by the names and subjects of today; its votes and
-- age are those of the observation. The age counts as in fact_vote_age. What is later than the build says nothing yet.
WITH asked AS (
    SELECT
        CAST(CAST($papers AS JSON) AS VARCHAR[]) AS papers,
        CAST(CAST($authors AS JSON) AS VARCHAR[]) AS authors,
        CAST(CAST($organizations AS JSON) AS VARCHAR[]) AS organizations,
        CAST(CAST($keywords AS JSON) AS VARCHAR[]) AS keywords,
        CAST(CAST($categories AS JSON) AS VARCHAR[]) AS categories,
        CAST($min_votes AS INTEGER) AS min_votes,
        CAST($max_age_days AS DOUBLE) AS max_age_days
),

found AS (
    SELECT unnest(papers) AS arxiv_id
    FROM asked
),

author AS (
    SELECT bridge.paper_key
    FROM bridge_paper_author AS bridge
    INNER JOIN dim_author AS author
        ON bridge.author_key = author.author_key
    WHERE author.name_normalized IN (SELECT unnest(asked.authors) FROM asked)
),

-- All spellings that the data proves to be one organisation.
organization AS (
    SELECT spelling.organization_key
    FROM dim_organization AS spelling
    INNER JOIN dim_organization AS named
        ON spelling.canonical_name = named.canonical_name
    WHERE
        search_plain(named.name) IN (SELECT search_plain(unnest(asked.organizations)) FROM asked)
        OR search_plain(named.full_name) IN (SELECT search_plain(unnest(asked.organizations)) FROM asked)
),

keyword AS (
    SELECT bridge.paper_key
    FROM bridge_paper_keyword AS bridge
    INNER JOIN dim_keyword AS spelling
        ON bridge.keyword_key = spelling.keyword_key
    INNER JOIN dim_keyword AS named
        ON spelling.canonical_keyword = named.canonical_keyword
    WHERE search_plain(named.keyword) IN (SELECT search_plain(unnest(asked.keywords)) FROM asked)
),

-- An archive alone stands for all of its subjects.
category AS (
    SELECT bridge.paper_key
    FROM bridge_paper_category AS bridge
    INNER JOIN dim_category AS category
        ON bridge.category_key = category.category_key
    WHERE
        search_plain(category.category) IN (SELECT search_plain(unnest(asked.categories)) FROM asked)
        OR search_plain(category.archive) IN (SELECT search_plain(unnest(asked.categories)) FROM asked)
),

wanted AS (
    SELECT
        paper.paper_key,
        paper.arxiv_id,
        paper.first_listed_on,
        asked.min_votes,
        asked.max_age_days
    FROM dim_paper AS paper
    CROSS JOIN asked
    WHERE
        (asked.papers IS NULL OR paper.arxiv_id IN (SELECT found.arxiv_id FROM found))
        AND (asked.authors IS NULL OR paper.paper_key IN (SELECT author.paper_key FROM author))
        AND (
            asked.organizations IS NULL
            OR paper.organization_key IN (SELECT organization.organization_key FROM organization)
        )
        AND (asked.keywords IS NULL OR paper.paper_key IN (SELECT keyword.paper_key FROM keyword))
        AND (asked.categories IS NULL OR paper.paper_key IN (SELECT category.paper_key FROM category))
)

SELECT
    wanted.arxiv_id,
    min(observation.observed_at) AS dated_at,
    CASE
        WHEN min(observation.observed_at) = min(observation.observed_at) FILTER (WHERE observation.is_on_curve)
            THEN min_by(observation.votes, observation.observed_at) FILTER (WHERE observation.is_on_curve)
    END AS votes
FROM wanted
INNER JOIN fact_observation AS observation
    ON wanted.paper_key = observation.paper_key
WHERE
    observation.doubt IS DISTINCT FROM 'future'
    AND (wanted.min_votes IS NULL OR (observation.is_on_curve AND observation.votes >= wanted.min_votes))
    AND (
        wanted.max_age_days IS NULL
        OR coalesce(observation.hours_since_submitted, observation.hours_since_listed) <= 24 * wanted.max_age_days
    )
GROUP BY
    wanted.arxiv_id,
    wanted.first_listed_on
ORDER BY
    dated_at,
    wanted.first_listed_on,
    wanted.arxiv_id
