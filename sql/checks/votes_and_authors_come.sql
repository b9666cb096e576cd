-- warn: a day of five or more papers without any votes, or any authors, in its newest capture, unlike lists before.
-- A source that renames a field looks like this.
WITH capture AS (
    SELECT
        source,
        listed_on,
        captured_at,
        archive,
        count(*) AS papers,
        count(votes) AS with_votes,
        count(CASE WHEN author_count > 0 THEN 1 END) AS with_authors
    FROM lake_entry
    GROUP BY
        source,
        listed_on,
        captured_at,
        archive
),

newest AS (
    SELECT
        source,
        listed_on,
        captured_at,
        papers,
        with_votes,
        with_authors,
        row_number() OVER (PARTITION BY source, listed_on ORDER BY captured_at DESC, archive) AS age,
        max(with_votes) OVER (PARTITION BY source, listed_on) AS most_with_votes,
        max(with_authors) OVER (PARTITION BY source, listed_on) AS most_with_authors
    FROM capture
),

compared AS (
    SELECT
        source,
        listed_on,
        captured_at,
        papers,
        with_votes,
        with_authors,
        most_with_votes,
        most_with_authors,
        min(most_with_votes) OVER before AS votes_before,
        min(most_with_authors) OVER before AS authors_before
    FROM newest
    WHERE age = 1
    WINDOW before AS (PARTITION BY source ORDER BY listed_on ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING)
)

SELECT
    source,
    listed_on,
    captured_at,
    papers,
    with_votes,
    with_authors
FROM compared
WHERE
    papers >= 5
    AND (
        (with_votes = 0 AND (votes_before > 0 OR most_with_votes > 0))
        OR (with_authors = 0 AND (authors_before > 0 OR most_with_authors > 0))
    )
ORDER BY
    listed_on DESC,
    source
