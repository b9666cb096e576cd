-- error: every paper has the authors of its best list, each in its place, and no others
WITH said AS (
    SELECT
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
        entry.arxiv_id,
        entry.source,
        entry.listed_on,
        entry.captured_at,
        entry.archive,
        source.knows_author_order,
        row_number() OVER (
            PARTITION BY entry.arxiv_id
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
),

printed AS (
    SELECT
        author.arxiv_id,
        author.name_normalized,
        CASE WHEN list.knows_author_order THEN author.position END AS position
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
),

kept AS (
    SELECT
        paper.arxiv_id,
        author.name_normalized,
        bridge.position
    FROM bridge_paper_author AS bridge
    INNER JOIN dim_paper AS paper
        ON bridge.paper_key = paper.paper_key
    INNER JOIN dim_author AS author
        ON bridge.author_key = author.author_key
)

SELECT
    coalesce(printed.arxiv_id, kept.arxiv_id) AS arxiv_id,
    coalesce(printed.name_normalized, kept.name_normalized) AS author,
    printed.position AS position_in_lake,
    kept.position AS position_in_bridge,
    CASE
        WHEN kept.arxiv_id IS NULL THEN 'lost'
        WHEN printed.arxiv_id IS NULL THEN 'not in the list'
        ELSE 'in another place'
    END AS problem
FROM printed
FULL JOIN kept
    ON printed.arxiv_id = kept.arxiv_id AND printed.name_normalized = kept.name_normalized
WHERE
    printed.arxiv_id IS NULL
    OR kept.arxiv_id IS NULL
    OR printed.position IS DISTINCT FROM kept.position
