-- stg_fetch: one row an attempt to fetch a page of a day's list.
SELECT
    CAST('0x' || substr(md5(source), 1, 15) AS BIGINT) AS source_key,
    source,
    date,
    page,
    url,
    fetched_at,
    captured_at,
    status,
    etag,
    sha256,
    bytes,
    items,
    outcome,
    reason
FROM lake_fetch
