-- meta_fetch: one row an attempt to fetch a page of a day's list.
SELECT
    source,
    date,
    page,
    url,
    fetched_at,
    captured_at,
    time_basis,
    archive,
    commit,
    path,
    status,
    etag,
    sha256,
    bytes,
    items,
    outcome,
    reason
FROM stg_fetch
ORDER BY
    fetched_at,
    source,
    date,
    page
