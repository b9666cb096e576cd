-- vote_curves: one row a sight of the votes of each week's five leading papers, in its first two weeks.
-- Of the first day at most one in six hours, then one a day, besides the first: a curve needs no more points.
-- A leading paper without any sight has a row too, without hours and votes, so that it keeps its rank.
WITH ranked AS (
    SELECT
        paper_key,
        arxiv_id,
        first_listed_on,
        row_number() OVER (
            PARTITION BY date_trunc('week', first_listed_on)
            ORDER BY
                latest_votes DESC NULLS LAST,
                arxiv_id
        ) AS place
    FROM mart_paper
),

leader AS (
    SELECT
        paper_key,
        arxiv_id,
        CAST(first_listed_on AS TIMESTAMP) AS listed_at
    FROM ranked
    WHERE place <= 5
),

sight AS (
    SELECT
        vote.paper_key,
        vote.captured_at AS seen_at,
        vote.votes
    FROM fact_vote AS vote
    INNER JOIN leader
        ON vote.paper_key = leader.paper_key
    WHERE vote.votes IS NOT NULL
    UNION
    SELECT
        velocity.paper_key,
        velocity.last_observed_at AS seen_at,
        velocity.last_votes AS votes
    FROM mart_vote_velocity AS velocity
    INNER JOIN leader
        ON velocity.paper_key = leader.paper_key
),

aged AS (
    SELECT
        leader.arxiv_id,
        sight.votes,
        date_diff('second', leader.listed_at, sight.seen_at) / 3600 AS hours
    FROM leader
    LEFT JOIN sight
        ON leader.paper_key = sight.paper_key AND sight.seen_at < leader.listed_at + INTERVAL 14 DAY
),

thinned AS (
    SELECT
        arxiv_id,
        hours,
        votes
    FROM aged
    QUALIFY
        row_number() OVER (PARTITION BY arxiv_id ORDER BY hours, votes) = 1
        OR row_number() OVER (
            PARTITION BY
                arxiv_id,
                CASE WHEN hours < 24 THEN floor(hours / 6) ELSE 3 + floor(hours / 24) END
            ORDER BY
                hours DESC,
                votes DESC
        ) = 1
),

neighboured AS (
    SELECT
        arxiv_id,
        hours,
        votes,
        lag(votes) OVER curve AS votes_before,
        lead(votes) OVER curve AS votes_after
    FROM thinned
    WINDOW curve AS (PARTITION BY arxiv_id ORDER BY hours, votes)
)

SELECT
    arxiv_id,
    round(hours, 1) AS hours,
    votes
FROM neighboured
-- Between two sights of the same number, a third one of it shows nothing.
WHERE votes IS NULL OR votes_before IS DISTINCT FROM votes OR votes_after IS DISTINCT FROM votes
ORDER BY
    arxiv_id,
    hours,
    votes
