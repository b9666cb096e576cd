-- error: days, listings and votes in dim_paper are those of the facts, and every paper is listed
WITH listed AS (
    SELECT
        paper_key,
        min(listed_on) AS first_listed_on,
        max(listed_on) AS last_listed_on,
        count(*) AS listings
    FROM fact_listing
    GROUP BY paper_key
),

voted AS (
    SELECT
        paper_key,
        max(votes) AS peak_votes
    FROM fact_vote
    GROUP BY paper_key
),

last_day AS (
    SELECT
        paper_key,
        max_by(votes, date) AS votes
    FROM fact_vote_day
    GROUP BY paper_key
),

observed AS (
    SELECT
        paper_key,
        max(observed_at) AS observed_at
    FROM fact_observation
    WHERE votes IS NOT NULL AND doubt IS NULL
    GROUP BY paper_key
)

SELECT
    paper.arxiv_id,
    paper.first_listed_on,
    paper.last_listed_on,
    paper.listing_count,
    listed.listings,
    paper.peak_votes,
    voted.peak_votes AS peak_in_facts,
    paper.latest_votes,
    last_day.votes AS latest_in_facts,
    paper.votes_seen_at,
    observed.observed_at AS seen_at_in_facts
FROM dim_paper AS paper
LEFT JOIN listed
    ON paper.paper_key = listed.paper_key
LEFT JOIN voted
    ON paper.paper_key = voted.paper_key
LEFT JOIN last_day
    ON paper.paper_key = last_day.paper_key
LEFT JOIN observed
    ON paper.paper_key = observed.paper_key
WHERE
    paper.first_listed_on IS DISTINCT FROM listed.first_listed_on
    OR paper.last_listed_on IS DISTINCT FROM listed.last_listed_on
    OR paper.listing_count IS DISTINCT FROM listed.listings
    OR paper.peak_votes IS DISTINCT FROM voted.peak_votes
    OR paper.latest_votes IS DISTINCT FROM last_day.votes
    OR paper.votes_seen_at IS DISTINCT FROM observed.observed_at
