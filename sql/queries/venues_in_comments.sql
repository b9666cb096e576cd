-- Where do papers say that they are accepted or published, and how many votes do these have?
SELECT
    mode(venue_as_printed ORDER BY venue_as_printed) AS venue,
    count(*) AS papers,
    count(DISTINCT venue_as_printed) AS spellings,
    median(latest_votes) AS median_votes,
    min(first_listed_on) AS first_listed_on,
    max(first_listed_on) AS last_listed_on
FROM mart_paper
WHERE venue_as_printed IS NOT NULL
-- ICLR 2026 and ICLR2026 are one.
GROUP BY regexp_replace(lower(venue_as_printed), '[^a-z0-9]', '', 'g')
ORDER BY
    papers DESC,
    venue
LIMIT 20
