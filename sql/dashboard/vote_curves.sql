-- vote_curves: one row an observation of the votes of each week's five leading papers, in its first two weeks.
-- Besides the first observation, one in six hours is kept for the first day and then one a day: a curve needs no more.
-- A leading paper that was not observed in its first two weeks has a row without hours and votes, so that it keeps its
-- rank.
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
        arxiv_id
    FROM ranked
    WHERE place <= 5
),

aged AS (
    SELECT
        leader.arxiv_id,
        observation.votes,
        observation.hours_since_listed AS hours
    FROM leader
    LEFT JOIN fact_observation AS observation
        ON
            leader.paper_key = observation.paper_key
            AND observation.hours_since_listed < 336
            AND observation.votes IS NOT NULL
            AND observation.doubt IS NULL
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
-- An observation between two others of the same votes adds nothing to the curve.
WHERE votes IS NULL OR votes_before IS DISTINCT FROM votes OR votes_after IS DISTINCT FROM votes
ORDER BY
    arxiv_id,
    hours,
    votes
