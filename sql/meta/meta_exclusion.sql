-- meta_exclusion: one row a capture that was taken out by hand.
SELECT
    'capture' AS kind,
    source,
    listed_on AS date,
    captured_at,
    archive,
    reason,
    excluded_at
FROM lake_exclusion
