-- warn: a day whose papers are below a third, or above three times, the median of the ten lists around it.
-- Weekdays are held against weekdays, weekends against weekends; a difference of fewer than ten papers is passed over.
WITH published AS (
    SELECT
        source,
        date,
        is_weekend,
        papers,
        row_number() OVER (PARTITION BY source, is_weekend ORDER BY date) AS place
    FROM mart_coverage
    WHERE papers > 0
),

-- Which lists are its neighbours, as steps: a join on a range would hold every day against every other.
step AS (
    SELECT steps.step
    FROM (VALUES (-5), (-4), (-3), (-2), (-1), (1), (2), (3), (4), (5)) AS steps (step)
),

compared AS (
    SELECT
        published.source,
        published.date,
        published.papers,
        median(neighbour.papers) AS usual
    FROM published
    CROSS JOIN step
    INNER JOIN published AS neighbour
        ON
            published.source = neighbour.source
            AND published.is_weekend = neighbour.is_weekend
            AND published.place + step.step = neighbour.place
    GROUP BY
        published.source,
        published.date,
        published.papers
)

SELECT
    source,
    date,
    papers,
    usual
FROM compared
WHERE
    (3 * papers < usual OR papers > 3 * usual)
    AND abs(papers - usual) >= 10
