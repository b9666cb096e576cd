-- error: every entry of the lake is used, unless its capture was excluded, its paper lost its key or its day is to come
SELECT
    entry.arxiv_id,
    entry.source,
    entry.listed_on,
    entry.captured_at
FROM lake_entry AS entry
LEFT JOIN lake_build AS build
    ON TRUE
LEFT JOIN stg_entry AS used
    ON
        entry.arxiv_id = used.arxiv_id
        AND entry.source = used.source
        AND entry.listed_on = used.listed_on
        AND entry.captured_at = used.captured_at
LEFT JOIN lake_exclusion AS exclusion
    ON
        entry.source = exclusion.source
        AND entry.listed_on = exclusion.listed_on
        AND entry.captured_at = exclusion.captured_at
LEFT JOIN stg_collision AS lost
    ON lost.kind = 'paper' AND entry.arxiv_id = lost.name
WHERE
    used.arxiv_id IS NULL
    AND exclusion.source IS NULL
    AND lost.name IS NULL
    AND (build.built_at IS NULL OR entry.listed_on <= CAST(build.built_at AS DATE))
