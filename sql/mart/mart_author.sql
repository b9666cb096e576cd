-- mart_author: one row an author name, with its papers, places, credit and votes.
WITH authored AS (
    SELECT
        bridge.author_key,
        bridge.position,
        bridge.is_first,
        bridge.is_last,
        bridge.weight,
        paper.arxiv_id,
        paper.title,
        paper.latest_votes,
        row_number() OVER (
            PARTITION BY bridge.author_key
            ORDER BY
                paper.latest_votes DESC NULLS LAST,
                paper.first_listed_on,
                paper.arxiv_id
        ) AS place
    FROM bridge_paper_author AS bridge
    INNER JOIN dim_paper AS paper
        ON bridge.paper_key = paper.paper_key
),

summed AS (
    SELECT
        author_key,
        count(*) AS papers,
        count(position) AS ordered_papers,
        sum(CASE WHEN is_first THEN 1 WHEN NOT is_first THEN 0 END) AS first_author_papers,
        sum(CASE WHEN is_last THEN 1 WHEN NOT is_last THEN 0 END) AS last_author_papers,
        -- Rounded, so that the sum does not depend on the order of its addends.
        round(sum(weight), 9) AS fractional_credit,
        count(latest_votes) AS voted_papers,
        sum(latest_votes) AS votes,
        round(sum(weight * latest_votes), 6) AS fractional_votes,
        max(CASE WHEN place = 1 AND latest_votes IS NOT NULL THEN arxiv_id END) AS best_arxiv_id,
        max(CASE WHEN place = 1 AND latest_votes IS NOT NULL THEN title END) AS best_title,
        max(latest_votes) AS best_votes
    FROM authored
    GROUP BY author_key
)

SELECT
    author.author_key,
    author.name,
    author.hf_user,
    CAST(summed.papers AS INTEGER) AS papers,
    CAST(summed.ordered_papers AS INTEGER) AS ordered_papers,
    CAST(summed.first_author_papers AS INTEGER) AS first_author_papers,
    CAST(summed.last_author_papers AS INTEGER) AS last_author_papers,
    summed.fractional_credit,
    CAST(summed.voted_papers AS INTEGER) AS voted_papers,
    CAST(summed.votes AS BIGINT) AS votes,
    summed.fractional_votes,
    summed.best_arxiv_id,
    summed.best_title,
    summed.best_votes,
    author.first_listed_on,
    author.last_listed_on
FROM summed
INNER JOIN dim_author AS author
    ON summed.author_key = author.author_key
ORDER BY
    summed.papers DESC,
    author.name_normalized
