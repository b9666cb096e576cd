-- warn: a day whose papers are below a third, or above three times, the median of the ten lists around it.
-- Weekdays are compared with weekdays, weekends with weekends; a difference of fewer than ten papers is ignored.
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

step AS (
    SELECT steps.step
    FROM (VALUES (-5), (-4), (-3), (-2), (-1), (1), (2), (3), (4), (5)) AS steps (step)
),

-- One row for each neighbour's place: a join on a range of places would compare every day with every other.
neighboured AS (
    SELECT
        published.source,
        published.is_weekend,
        published.date,
        published.papers,
        published.place + step.step AS neighbour_place
    FROM published
    CROSS JOIN step
),

compared AS (
    SELECT
        day.source,
        day.date,
        day.papers,
        median(neighbour.papers) AS usual
    FROM neighboured AS day
    INNER JOIN published AS neighbour
        ON
            day.source = neighbour.source
            AND day.is_weekend = neighbour.is_weekend
            AND day.neighbour_place = neighbour.place
    GROUP BY
        day.source,
        day.date,
        day.papers
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
