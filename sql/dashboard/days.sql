-- days: one row a day on which papers were first listed, with their votes and the names that were new.
WITH paper AS (
    SELECT
        first_listed_on AS date,
        count(*) AS papers,
        count(latest_votes) AS voted_papers,
        CAST(sum(latest_votes) AS BIGINT) AS votes
    FROM mart_paper
    GROUP BY first_listed_on
),

author AS (
    SELECT
        first_listed_on AS date,
        count(*) AS new_authors
    FROM mart_author
    GROUP BY first_listed_on
)

SELECT
    paper.date,
    paper.papers,
    paper.voted_papers,
    paper.votes,
    coalesce(author.new_authors, 0) AS new_authors
FROM paper
LEFT JOIN author
    ON paper.date = author.date
ORDER BY paper.date
