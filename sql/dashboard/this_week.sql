-- this_week: one row each of the ten papers with most current votes of the newest week, with their first votes.
-- Votes gained are NULL until a paper's votes were observed twice.
WITH newest AS (
    SELECT max(date_trunc('week', first_listed_on)) AS week
    FROM mart_paper
),

ranked AS (
    SELECT
        newest.week,
        paper.arxiv_id,
        paper.title,
        paper.first_author,
        paper.author_count,
        paper.first_listed_on,
        paper.latest_votes,
        CAST(paper.votes_seen_at AS DATE) AS seen_on,
        paper.page_url,
        paper.arxiv_url,
        paper.github_repo,
        velocity.first_votes,
        CASE WHEN velocity.observations > 1 THEN paper.latest_votes - velocity.first_votes END AS votes_gained,
        coalesce(paper.organization_full_name, paper.organization) AS organization,
        row_number() OVER (ORDER BY paper.latest_votes DESC NULLS LAST, paper.arxiv_id) AS place,
        row_number() OVER (ORDER BY velocity.first_votes DESC NULLS LAST, paper.arxiv_id) AS place_by_first_votes
    FROM mart_paper AS paper
    INNER JOIN newest
        ON date_trunc('week', paper.first_listed_on) = newest.week
    LEFT JOIN mart_vote_velocity AS velocity
        ON paper.paper_key = velocity.paper_key
)

SELECT
    CAST(week AS DATE) AS week,
    CAST(week + INTERVAL 6 DAY AS DATE) AS week_end,
    place,
    place_by_first_votes,
    arxiv_id,
    title,
    first_author,
    author_count,
    organization,
    first_listed_on AS listed_on,
    first_votes,
    latest_votes,
    votes_gained,
    seen_on,
    page_url,
    arxiv_url,
    github_repo
FROM ranked
WHERE place <= 10
ORDER BY place
