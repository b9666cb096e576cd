-- meta_exclusion: one row a capture or a paper that was taken out by hand.
SELECT
    kind,
    source,
    listed_on AS date,
    captured_at,
    archive,
    arxiv_id,
    arxiv_id_sha256,
    is_purged,
    reason,
    excluded_at
FROM lake_exclusion
