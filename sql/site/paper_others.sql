-- What else its authors wrote: papers that share most of its authors first
WITH asked AS (
    SELECT paper_key
    FROM dim_paper
    WHERE arxiv_id = $1
)

SELECT
    other.arxiv_id AS paper,
    other.title,
    other.first_listed_on,
    other.latest_votes,
    count(*) AS shared_authors
FROM asked
INNER JOIN bridge_paper_author AS author
    ON asked.paper_key = author.paper_key
INNER JOIN bridge_paper_author AS also
    ON author.author_key = also.author_key
INNER JOIN dim_paper AS other
    ON also.paper_key = other.paper_key
WHERE other.paper_key <> asked.paper_key
GROUP BY
    other.arxiv_id,
    other.title,
    other.first_listed_on,
    other.latest_votes
ORDER BY
    shared_authors DESC,
    other.first_listed_on DESC,
    other.arxiv_id
LIMIT 30
