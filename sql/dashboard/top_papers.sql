-- top_papers: one row a paper that is among the ten with most current votes of its week, or the five of its month and
-- main subject. Ten a week are enough to find the ten of any weeks together; as many of each subject would double the
-- page. The subjects are those of `subjects`, and stand at the five alone.
-- Votes gained are NULL until a paper's votes were observed twice.
WITH leading_subject AS (
    SELECT category
    FROM mart_category
    WHERE primary_papers > 0
    ORDER BY
        primary_papers DESC,
        category
    LIMIT 8
),

ranked AS (
    SELECT
        paper.arxiv_id,
        paper.title,
        paper.first_listed_on,
        paper.latest_votes,
        paper.primary_category,
        CAST(paper.votes_seen_at AS DATE) AS seen_on,
        velocity.first_votes,
        CASE WHEN velocity.observations > 1 THEN paper.latest_votes - velocity.first_votes END AS votes_gained,
        coalesce(paper.organization_full_name, paper.organization) AS organization,
        row_number() OVER (
            PARTITION BY date_trunc('week', paper.first_listed_on)
            ORDER BY
                paper.latest_votes DESC NULLS LAST,
                paper.arxiv_id
        ) AS place,
        row_number() OVER (
            PARTITION BY
                date_trunc('month', paper.first_listed_on),
                paper.primary_category
            ORDER BY
                paper.latest_votes DESC NULLS LAST,
                paper.arxiv_id
        ) AS place_in_subject
    FROM mart_paper AS paper
    LEFT JOIN mart_vote_velocity AS velocity
        ON paper.paper_key = velocity.paper_key
)

SELECT
    ranked.arxiv_id,
    ranked.title,
    ranked.organization,
    CASE WHEN ranked.place_in_subject <= 5 THEN leading_subject.category END AS subject,
    ranked.first_listed_on AS listed_on,
    ranked.first_votes,
    ranked.latest_votes,
    ranked.votes_gained,
    ranked.seen_on
FROM ranked
LEFT JOIN leading_subject
    ON ranked.primary_category = leading_subject.category
WHERE
    ranked.place <= 10
    OR (ranked.place_in_subject <= 5 AND leading_subject.category IS NOT NULL)
ORDER BY
    date_trunc('week', ranked.first_listed_on),
    ranked.place
