-- stg_authorship: one row a paper and distinct author name, from the best list of the paper's authors.
-- A list that knows the order of authors goes first, then that of the source with the better precedence, then a whole
-- list before one that was cut in print, then the newer list; a list that is doubted comes last. So lists are never
-- mixed. A name whose key another name has is left out.
WITH said AS (
    SELECT
        entry.paper_key,
        entry.arxiv_id,
        entry.source,
        entry.listed_on,
        entry.captured_at,
        entry.archive,
        entry.authors_truncated,
        entry.doubt IS NOT NULL AS is_doubted
    FROM stg_entry AS entry
    UNION ALL
    SELECT
        described.paper_key,
        described.arxiv_id,
        described.source,
        described.listed_on,
        described.captured_at,
        described.archive,
        described.authors_truncated,
        FALSE AS is_doubted
    FROM stg_description AS described
),

list AS (
    SELECT
        entry.paper_key,
        entry.arxiv_id,
        entry.source,
        entry.listed_on,
        entry.captured_at,
        entry.archive,
        entry.authors_truncated,
        source.knows_author_order,
        row_number() OVER (
            PARTITION BY entry.paper_key
            ORDER BY
                entry.is_doubted,
                NOT source.knows_author_order,
                source.precedence,
                entry.authors_truncated,
                entry.captured_at DESC,
                entry.listed_on DESC,
                entry.archive
        ) AS preference
    FROM said AS entry
    INNER JOIN lake_source AS source
        ON entry.source = source.source
    WHERE EXISTS (
        SELECT 1
        FROM lake_author AS author
        WHERE
            author.arxiv_id = entry.arxiv_id
            AND author.source = entry.source
            AND author.listed_on = entry.listed_on
            AND author.captured_at = entry.captured_at
            AND author.archive = entry.archive
    )
)

SELECT
    list.paper_key,
    CAST('0x' || substr(md5(author.name_normalized), 1, 15) AS BIGINT) AS author_key,
    CASE WHEN list.knows_author_order THEN author.position END AS position,
    author.name,
    author.name_normalized,
    author.name_as_printed,
    author.hf_user,
    author.is_hidden,
    author.affiliation,
    list.authors_truncated
FROM list
INNER JOIN lake_author AS author
    ON
        list.arxiv_id = author.arxiv_id
        AND list.source = author.source
        AND list.listed_on = author.listed_on
        AND list.captured_at = author.captured_at
        AND list.archive = author.archive
LEFT JOIN stg_collision AS lost
    ON lost.kind = 'author' AND author.name_normalized = lost.name
WHERE list.preference = 1 AND lost.name IS NULL
