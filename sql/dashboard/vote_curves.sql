-- vote_curves: one row an observation of the votes, in its first two weeks, of a paper that is among the five leading
-- ones of its week, or of its month and main subject as in `top_papers`.
-- Besides the first observation, one in six hours is kept for the first day and then one a day: a curve needs no more.
-- A leading paper that was not observed in its first two weeks has a row without hours and votes, so that it keeps its
-- rank.
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
        paper_key,
        arxiv_id,
        primary_category,
        row_number() OVER (
            PARTITION BY date_trunc('week', first_listed_on)
            ORDER BY
                latest_votes DESC NULLS LAST,
                arxiv_id
        ) AS place,
        row_number() OVER (
            PARTITION BY
                date_trunc('month', first_listed_on),
                primary_category
            ORDER BY
                latest_votes DESC NULLS LAST,
                arxiv_id
        ) AS place_in_subject
    FROM dim_paper
),

leader AS (
    SELECT
        ranked.paper_key,
        ranked.arxiv_id
    FROM ranked
    LEFT JOIN leading_subject
        ON ranked.primary_category = leading_subject.category
    WHERE
        ranked.place <= 5
        OR (ranked.place_in_subject <= 5 AND leading_subject.category IS NOT NULL)
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
