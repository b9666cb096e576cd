-- top_papers: one row a week and each of its ten papers with most current votes, with their first votes.
-- Ten a week are enough to find the ten of any weeks together.
-- Votes gained are NULL until a paper's votes were observed twice.
WITH ranked AS (
    SELECT
        paper.arxiv_id,
        paper.title,
        paper.first_listed_on,
        paper.latest_votes,
        CAST(paper.votes_seen_at AS DATE) AS seen_on,
        velocity.first_votes,
        CASE WHEN velocity.observations > 1 THEN paper.latest_votes - velocity.first_votes END AS votes_gained,
        coalesce(paper.organization_full_name, paper.organization) AS organization,
        row_number() OVER (
            PARTITION BY date_trunc('week', paper.first_listed_on)
            ORDER BY
                paper.latest_votes DESC NULLS LAST,
                paper.arxiv_id
        ) AS place
    FROM mart_paper AS paper
    LEFT JOIN mart_vote_velocity AS velocity
        ON paper.paper_key = velocity.paper_key
)

SELECT
    arxiv_id,
    title,
    organization,
    first_listed_on AS listed_on,
    first_votes,
    latest_votes,
    votes_gained,
    seen_on
FROM ranked
WHERE place <= 10
ORDER BY
    date_trunc('week', first_listed_on),
    place
