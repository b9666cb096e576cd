-- stg_fetch: one row an attempt to fetch a page of a day's list.
SELECT
    CAST('0x' || substr(md5(attempt.source), 1, 15) AS BIGINT) AS source_key,
    attempt.source,
    attempt.date,
    attempt.page,
    attempt.url,
    attempt.fetched_at,
    attempt.captured_at,
    attempt.time_basis,
    attempt.archive,
    CAST('0x' || substr(md5(attempt.archive), 1, 15) AS BIGINT) AS archive_key,
    attempt.commit,
    attempt.path,
    attempt.status,
    attempt.etag,
    attempt.sha256,
    attempt.bytes,
    attempt.items,
    attempt.outcome,
    attempt.reason,
    attempt.outcome <> 'future' AND attempt.date <= CAST(build.built_at AS DATE) AS has_begun
FROM lake_fetch AS attempt
CROSS JOIN lake_build AS build
