-- stg_repeat: one row a paper, source and day on whose list the paper does not belong. Nearly always empty.
-- A source that ignores the day it is asked for answers every day with the same list. So the papers that came new to a
-- day in one capture are doubted if they are at least five and most of them were captured on another day's list before.
WITH appeared AS (
    SELECT
        source,
        arxiv_id,
        listed_on,
        min(captured_at) AS captured_at
    FROM lake_entry
    GROUP BY
        source,
        arxiv_id,
        listed_on
),

numbered AS (
    SELECT
        source,
        arxiv_id,
        listed_on,
        captured_at,
        row_number() OVER (PARTITION BY source, arxiv_id ORDER BY captured_at, listed_on) > 1 AS is_known
    FROM appeared
),

counted AS (
    SELECT
        source,
        arxiv_id,
        listed_on,
        is_known,
        count(*) OVER capture AS papers,
        count(CASE WHEN is_known THEN 1 END) OVER capture AS known_papers
    FROM numbered
    WINDOW capture AS (PARTITION BY source, listed_on, captured_at)
)

SELECT
    source,
    arxiv_id,
    listed_on
FROM counted
WHERE
    is_known
    AND known_papers >= 5
    AND 2 * known_papers > papers
