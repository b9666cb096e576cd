-- mart_coauthor: one row a pair of author names that stand on a paper together, each pair once.
-- A paper of n authors makes n * (n - 1) / 2 pairs, so papers with more than 30 are left out.
WITH authored AS (
    SELECT
        bridge.author_key,
        bridge.paper_key,
        author.name,
        author.name_normalized,
        paper.arxiv_id,
        paper.title,
        paper.first_listed_on
    FROM bridge_paper_author AS bridge
    INNER JOIN dim_author AS author
        ON bridge.author_key = author.author_key
    INNER JOIN dim_paper AS paper
        ON bridge.paper_key = paper.paper_key
    WHERE paper.author_count <= 30
),

paired AS (
    SELECT
        a.author_key AS author_key_a,
        b.author_key AS author_key_b,
        a.name AS name_a,
        b.name AS name_b,
        a.arxiv_id,
        a.title,
        a.first_listed_on,
        row_number() OVER (
            PARTITION BY
                a.author_key,
                b.author_key
            ORDER BY
                a.first_listed_on,
                a.arxiv_id
        ) AS place,
        count(*) OVER (
            PARTITION BY
                a.author_key,
                b.author_key
        ) AS papers
    FROM authored AS a
    INNER JOIN authored AS b
        ON a.paper_key = b.paper_key AND a.name_normalized < b.name_normalized
)

SELECT
    author_key_a,
    author_key_b,
    name_a,
    name_b,
    CAST(max(papers) AS INTEGER) AS papers,
    max(CASE WHEN place = 1 THEN arxiv_id END) AS first_arxiv_id,
    max(CASE WHEN place = 1 THEN title END) AS first_title,
    min(first_listed_on) AS first_listed_on,
    max(CASE WHEN place = papers THEN arxiv_id END) AS last_arxiv_id,
    max(CASE WHEN place = papers THEN title END) AS last_title,
    max(first_listed_on) AS last_listed_on
FROM paired
GROUP BY
    author_key_a,
    author_key_b,
    name_a,
    name_b
ORDER BY
    first_listed_on,
    first_arxiv_id,
    name_a,
    name_b
