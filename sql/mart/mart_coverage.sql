-- mart_coverage: one row a source and day, from the first to the last that it was asked for, with what became of it.
-- Feeds are left out, because they name no day.
WITH asked_page AS (
    SELECT
        attempt.source,
        attempt.date,
        attempt.page,
        attempt.archive,
        attempt.outcome,
        attempt.reason,
        attempt.items,
        attempt.url,
        attempt.fetched_at,
        attempt.captured_at,
        -- Answers whose time is assumed all have the same one, so the time of fetching tells them apart.
        CASE
            WHEN attempt.time_basis = 'assumed' THEN attempt.fetched_at
            ELSE attempt.captured_at
        END AS answered_at
    FROM meta_fetch AS attempt
    INNER JOIN dim_source AS source
        ON attempt.source = source.source AND source.names_days
    WHERE attempt.outcome <> 'future'
),

attempt AS (
    SELECT
        source,
        date,
        outcome,
        reason,
        fetched_at,
        row_number() OVER (
            PARTITION BY source, date
            ORDER BY fetched_at DESC, captured_at DESC, archive, url DESC
        ) AS age,
        count(*) OVER (PARTITION BY source, date) AS attempts
    FROM asked_page
    WHERE page = 0
),

-- The attempt that decides the status of the day: the newest answer, or without any answer the newest attempt. An
-- answer that was cut makes the day incomplete, unless a whole one holds as many papers.
deciding AS (
    SELECT
        source,
        date,
        CASE
            WHEN outcome = 'incomplete' AND items <= max(CASE WHEN outcome <> 'incomplete' THEN items END) OVER (
                PARTITION BY source, date
            ) THEN 'fetched'
            ELSE outcome
        END AS outcome,
        row_number() OVER (
            PARTITION BY source, date
            ORDER BY
                CASE WHEN outcome IN ('fetched', 'unchanged', 'incomplete', 'empty') THEN 1 ELSE 2 END,
                captured_at DESC,
                fetched_at DESC,
                url DESC
        ) AS preference
    FROM asked_page
    WHERE page = 0
),

answered AS (
    SELECT
        source,
        date,
        archive,
        answered_at,
        page,
        max(CASE WHEN outcome = 'missing' THEN 0 ELSE items END) AS items
    FROM asked_page
    WHERE outcome IN ('fetched', 'unchanged', 'incomplete', 'empty', 'missing')
    GROUP BY
        source,
        date,
        archive,
        answered_at,
        page
),

answer AS (
    SELECT
        source,
        date,
        sum(items) AS papers,
        row_number() OVER (PARTITION BY source, date ORDER BY answered_at DESC, archive) AS age
    FROM answered
    GROUP BY
        source,
        date,
        archive,
        answered_at
),

paper AS (
    SELECT
        source.source,
        listing.listed_on AS date,
        count(*) AS papers
    FROM fact_listing AS listing
    INNER JOIN dim_source AS source
        ON listing.source_key = source.source_key
    GROUP BY
        source.source,
        listing.listed_on
),

captured AS (
    SELECT
        source.source,
        vote.listed_on AS date,
        count(*) AS captures,
        max(vote.captured_at) AS newest_captured_at
    FROM (
        SELECT DISTINCT
            source_key,
            archive_key,
            captured_at,
            listed_on
        FROM fact_vote
    ) AS vote
    INNER JOIN dim_source AS source
        ON vote.source_key = source.source_key
    GROUP BY
        source.source,
        vote.listed_on
),

-- A list that ends too soon makes the day incomplete until a newer capture of the day comes.
rejected AS (
    SELECT
        reject.source,
        reject.date,
        count(*) AS rejects,
        bool_or(
            reject.rule = 'truncated'
            AND reject.last_captured_at >= coalesce(captured.newest_captured_at, reject.last_captured_at)
        ) AS is_truncated
    FROM meta_reject AS reject
    LEFT JOIN captured
        ON reject.source = captured.source AND reject.date = captured.date
    GROUP BY
        reject.source,
        reject.date
),

asked AS (
    SELECT
        attempt.source,
        min(attempt.date) AS first_date,
        max(attempt.date) AS last_date
    FROM attempt
    INNER JOIN dim_date AS day
        ON attempt.date = day.date
    GROUP BY attempt.source
),

calendar AS (
    SELECT
        asked.source,
        day.date,
        day.is_weekend
    FROM asked
    INNER JOIN dim_date AS day
        ON asked.first_date <= day.date AND asked.last_date >= day.date
)

SELECT
    calendar.source,
    calendar.date,
    CASE
        WHEN attempt.source IS NULL THEN 'never asked'
        WHEN paper.papers > 0 AND (deciding.outcome = 'incomplete' OR rejected.is_truncated) THEN 'incomplete'
        WHEN paper.papers > 0 THEN 'published'
        WHEN rejected.rejects > 0 OR deciding.outcome = 'failed' THEN 'failed'
        WHEN deciding.outcome = 'missing' THEN 'missing'
        ELSE 'empty'
    END AS status,
    CAST(coalesce(paper.papers, 0) AS INTEGER) AS papers,
    CAST(answer.papers AS INTEGER) AS papers_in_answer,
    CAST(coalesce(captured.captures, 0) AS INTEGER) AS captures,
    CAST(coalesce(rejected.rejects, 0) AS INTEGER) AS rejects,
    CAST(coalesce(attempt.attempts, 0) AS INTEGER) AS attempts,
    attempt.fetched_at AS last_attempt_at,
    attempt.outcome AS last_outcome,
    attempt.reason AS last_reason,
    calendar.is_weekend
FROM calendar
LEFT JOIN attempt
    ON calendar.source = attempt.source AND calendar.date = attempt.date AND attempt.age = 1
LEFT JOIN deciding
    ON calendar.source = deciding.source AND calendar.date = deciding.date AND deciding.preference = 1
LEFT JOIN answer
    ON calendar.source = answer.source AND calendar.date = answer.date AND answer.age = 1
LEFT JOIN paper
    ON calendar.source = paper.source AND calendar.date = paper.date
LEFT JOIN captured
    ON calendar.source = captured.source AND calendar.date = captured.date
LEFT JOIN rejected
    ON calendar.source = rejected.source AND calendar.date = rejected.date
ORDER BY
    calendar.date,
    calendar.source
