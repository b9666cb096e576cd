-- meta_difference: one row a paper and kind of difference between its best list and what arXiv says of it.
-- Of lists only those count that print authors in the paper's order, and of names their normalized spelling.
WITH entry AS (
    SELECT
        listed.paper_key,
        listed.arxiv_id,
        listed.source,
        listed.listed_on,
        listed.captured_at,
        listed.archive,
        listed.title
    FROM stg_entry AS listed
    INNER JOIN stg_description AS described
        ON listed.paper_key = described.paper_key
    INNER JOIN lake_source AS source
        ON listed.source = source.source
    WHERE source.knows_author_order
    QUALIFY row_number() OVER (
        PARTITION BY listed.paper_key
        ORDER BY
            listed.doubt IS NOT NULL,
            source.precedence,
            listed.authors_truncated,
            listed.captured_at DESC,
            listed.listed_on DESC,
            listed.archive
    ) = 1
),

listed_name AS (
    SELECT
        entry.paper_key,
        author.name_normalized,
        author.name_as_printed,
        author.position
    FROM entry
    INNER JOIN lake_author AS author
        ON
            entry.arxiv_id = author.arxiv_id
            AND entry.source = author.source
            AND entry.listed_on = author.listed_on
            AND entry.captured_at = author.captured_at
            AND entry.archive = author.archive
),

described_name AS (
    SELECT
        described.paper_key,
        author.name_normalized,
        author.name_as_printed,
        author.position
    FROM stg_description AS described
    INNER JOIN lake_author AS author
        ON
            described.arxiv_id = author.arxiv_id
            AND described.source = author.source
            AND described.listed_on = author.listed_on
            AND described.captured_at = author.captured_at
            AND described.archive = author.archive
),

name AS (
    SELECT
        coalesce(listed.paper_key, described.paper_key) AS paper_key,
        listed.position AS listed_position,
        described.position AS described_position,
        listed.name_as_printed AS listed_name,
        described.name_as_printed AS described_name
    FROM listed_name AS listed
    FULL JOIN described_name AS described
        ON listed.paper_key = described.paper_key AND listed.name_normalized = described.name_normalized
),

-- Each paper with the names that both have, and those that only one has.
paper AS (
    SELECT
        paper_key,
        count(listed_name) AS listed_names,
        count(described_name) AS described_names,
        count(CASE WHEN listed_position <> described_position THEN 1 END) AS moved_names,
        string_agg(
            CASE WHEN described_name IS NULL THEN listed_name END, ', ' ORDER BY listed_position
        ) AS only_listed,
        string_agg(
            CASE WHEN listed_name IS NULL THEN described_name END, ', ' ORDER BY described_position
        ) AS only_described
    FROM name
    GROUP BY paper_key
)

SELECT
    entry.paper_key,
    'title' AS kind,
    entry.title AS listed,
    described.title AS described
FROM entry
INNER JOIN stg_description AS described
    ON entry.paper_key = described.paper_key
WHERE entry.title <> described.title
UNION ALL
SELECT
    paper_key,
    CASE
        WHEN listed_names <> described_names THEN 'number of authors'
        WHEN only_listed IS NULL THEN 'order of authors'
        ELSE 'names of authors'
    END AS kind,
    only_listed AS listed,
    only_described AS described
FROM paper
WHERE
    listed_names > 0
    AND described_names > 0
    AND (listed_names <> described_names OR only_listed IS NOT NULL OR moved_names > 0)
