-- error: dim_paper counts the authors, and dim_author the papers, that bridge_paper_author holds
WITH of_paper AS (
    SELECT
        paper_key,
        count(*) AS authors
    FROM bridge_paper_author
    GROUP BY paper_key
),

of_author AS (
    SELECT
        author_key,
        count(*) AS papers
    FROM bridge_paper_author
    GROUP BY author_key
)

SELECT
    paper.arxiv_id AS name,
    paper.author_count AS counted,
    of_paper.authors AS held
FROM dim_paper AS paper
LEFT JOIN of_paper
    ON paper.paper_key = of_paper.paper_key
WHERE paper.author_count IS DISTINCT FROM of_paper.authors
UNION ALL
SELECT
    author.name,
    author.paper_count AS counted,
    of_author.papers AS held
FROM dim_author AS author
LEFT JOIN of_author
    ON author.author_key = of_author.author_key
WHERE author.paper_count IS DISTINCT FROM of_author.papers
