-- error: every entry of the lake is used as it is, unless it is excluded, its key lost or its day to come
-- Of a paper that was corrected by hand, only what no correction changes is compared.
WITH corrected AS (
    SELECT DISTINCT arxiv_id
    FROM lake_correction
)

SELECT
    entry.arxiv_id,
    entry.source,
    entry.listed_on,
    entry.captured_at,
    entry.rank,
    used.rank AS rank_used,
    entry.votes,
    used.votes AS votes_used,
    entry.title,
    used.title AS title_used
FROM lake_entry AS entry
INNER JOIN lake_source AS source
    ON entry.source = source.source AND source.names_days
LEFT JOIN corrected
    ON entry.arxiv_id = corrected.arxiv_id
LEFT JOIN lake_build AS build
    ON TRUE
LEFT JOIN stg_entry AS used
    ON
        entry.arxiv_id = used.arxiv_id
        AND entry.source = used.source
        AND entry.listed_on = used.listed_on
        AND entry.captured_at = used.captured_at
        AND entry.archive = used.archive
LEFT JOIN stg_collision AS lost_paper
    ON lost_paper.kind = 'paper' AND entry.arxiv_id = lost_paper.name
LEFT JOIN stg_collision AS lost_organization
    ON lost_organization.kind = 'organization' AND entry.organization = lost_organization.name
WHERE
    lost_paper.name IS NULL
    AND (build.built_at IS NULL OR entry.listed_on <= CAST(build.built_at AS DATE))
    AND (
        used.arxiv_id IS NULL
        OR entry.rank <> used.rank
        OR entry.votes IS DISTINCT FROM used.votes
        OR entry.comments IS DISTINCT FROM used.comments
        OR (
            corrected.arxiv_id IS NULL
            AND (
                entry.github_stars IS DISTINCT FROM used.github_stars
                OR entry.title <> used.title
                OR (lost_organization.name IS NULL AND entry.organization IS DISTINCT FROM used.organization)
            )
        )
    )
