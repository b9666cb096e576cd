-- dim_archive: one row an archive of captures, and one for the captures of this warehouse.
WITH archive AS (
    SELECT
        archive,
        url,
        format,
        licence
    FROM lake_archive
    UNION ALL
    SELECT
        'own' AS archive,
        CAST(NULL AS VARCHAR) AS url,
        CAST(NULL AS VARCHAR) AS format,
        CAST(NULL AS VARCHAR) AS licence
),

-- The pages of a capture share its time and commit.
captured AS (
    SELECT DISTINCT
        archive,
        source,
        date,
        captured_at,
        commit
    FROM stg_fetch
    WHERE has_begun AND outcome IN ('fetched', 'incomplete', 'empty')
),

capture AS (
    SELECT
        archive,
        count(*) AS captures,
        min(captured_at) AS first_captured_at,
        max(captured_at) AS last_captured_at,
        max_by(commit, captured_at) AS last_commit
    FROM captured
    GROUP BY archive
),

listed AS (
    SELECT DISTINCT arxiv_id
    FROM stg_entry
),

paper AS (
    SELECT
        entry.archive,
        count(DISTINCT entry.arxiv_id) AS papers,
        count(DISTINCT CASE WHEN listed.arxiv_id IS NULL THEN entry.arxiv_id END) AS unlisted_papers,
        min(entry.listed_on) AS first_day,
        max(entry.listed_on) AS last_day
    FROM lake_entry AS entry
    LEFT JOIN listed
        ON entry.arxiv_id = listed.arxiv_id
    GROUP BY entry.archive
)

SELECT
    CAST('0x' || substr(md5(archive.archive), 1, 15) AS BIGINT) AS archive_key,
    archive.archive,
    archive.url,
    archive.format,
    archive.licence,
    coalesce(capture.captures, 0) AS captures,
    coalesce(paper.papers, 0) AS papers,
    coalesce(paper.unlisted_papers, 0) AS unlisted_papers,
    paper.first_day,
    paper.last_day,
    capture.first_captured_at,
    capture.last_captured_at,
    capture.last_commit
FROM archive
LEFT JOIN capture
    ON archive.archive = capture.archive
LEFT JOIN paper
    ON archive.archive = paper.archive
ORDER BY archive.archive
