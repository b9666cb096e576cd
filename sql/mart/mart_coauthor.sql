-- mart_coauthor: one row a pair of author names that stand on a paper together, each pair once.
-- A paper of n authors makes n * (n - 1) / 2 pairs, so papers with more than 30 authors are left out. This is still by
-- far the longest table, so pairs are counted by short numbers, and names and titles are joined last.
WITH author AS (
    SELECT
        author_key,
        name,
        CAST(row_number() OVER (ORDER BY name_normalized) AS INTEGER) AS place
    FROM dim_author
),

-- A paper with more authors gets no place, so that no pair joins it. (A WHERE in place of the CASE would make DuckDB
-- expect few papers. It would then build its hash tables from all pairs, in memory, and not from the names.)
paper AS (
    SELECT
        paper_key,
        arxiv_id,
        title,
        first_listed_on,
        CASE
            WHEN author_count <= 30 THEN CAST(row_number() OVER (ORDER BY first_listed_on, arxiv_id) AS INTEGER)
        END AS place
    FROM dim_paper
),

authored AS (
    SELECT
        paper.place AS paper,
        author.place AS author
    FROM bridge_paper_author AS bridge
    INNER JOIN author
        ON bridge.author_key = author.author_key
    INNER JOIN paper
        ON bridge.paper_key = paper.paper_key
),

paired AS (
    SELECT
        a.author AS author_a,
        b.author AS author_b,
        CAST(count(*) AS INTEGER) AS papers,
        min(a.paper) AS first_paper,
        max(a.paper) AS last_paper
    FROM authored AS a
    INNER JOIN authored AS b
        ON a.paper = b.paper AND a.author < b.author
    GROUP BY
        a.author,
        b.author
),

-- Sorted while rows are still narrow. Pairs that share names and titles lie together, which compresses well.
sorted AS (
    SELECT
        author_a,
        author_b,
        papers,
        first_paper,
        last_paper
    FROM paired
    ORDER BY
        first_paper,
        author_a,
        author_b
)

-- Every pair has its names and papers. Of an INNER JOIN DuckDB would expect fewer rows than there are pairs, and build
-- its hash tables from all pairs, with their titles.
SELECT
    a.author_key AS author_key_a,
    b.author_key AS author_key_b,
    a.name AS name_a,
    b.name AS name_b,
    sorted.papers,
    first_paper.arxiv_id AS first_arxiv_id,
    first_paper.title AS first_title,
    first_paper.first_listed_on,
    last_paper.arxiv_id AS last_arxiv_id,
    last_paper.title AS last_title,
    last_paper.first_listed_on AS last_listed_on
FROM sorted
LEFT JOIN author AS a
    ON sorted.author_a = a.place
LEFT JOIN author AS b
    ON sorted.author_b = b.place
LEFT JOIN paper AS first_paper
    ON sorted.first_paper = first_paper.place
LEFT JOIN paper AS last_paper
    ON sorted.last_paper = last_paper.place
