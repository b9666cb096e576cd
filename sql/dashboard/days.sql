-- days: one row a day on which papers were first listed and main subject, with their votes and the names that were new.
-- A name is counted with its first paper. The subject is NULL for papers that nobody described.
WITH paper AS (
    SELECT
        first_listed_on AS date,
        primary_category AS subject,
        count(*) AS papers,
        count(latest_votes) AS voted_papers,
        CAST(sum(latest_votes) AS BIGINT) AS votes
    FROM dim_paper
    GROUP BY
        first_listed_on,
        primary_category
),

author AS (
    SELECT
        author.author_key,
        author.first_listed_on AS date,
        min_by(coalesce(paper.primary_category, ''), paper.arxiv_id) AS subject
    FROM mart_author AS author
    INNER JOIN bridge_paper_author AS bridge
        ON author.author_key = bridge.author_key
    INNER JOIN dim_paper AS paper
        ON bridge.paper_key = paper.paper_key AND author.first_listed_on = paper.first_listed_on
    GROUP BY
        author.author_key,
        author.first_listed_on
),

new_author AS (
    SELECT
        date,
        nullif(subject, '') AS subject,
        count(*) AS new_authors
    FROM author
    GROUP BY
        date,
        subject
)

SELECT
    paper.date,
    paper.subject,
    paper.papers,
    paper.voted_papers,
    paper.votes,
    coalesce(new_author.new_authors, 0) AS new_authors
FROM paper
LEFT JOIN new_author
    ON paper.date = new_author.date AND paper.subject IS NOT DISTINCT FROM new_author.subject
ORDER BY
    paper.date,
    paper.subject NULLS FIRST
