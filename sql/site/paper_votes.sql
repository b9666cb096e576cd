-- Votes: each time that they were seen
SELECT
    observation.observed_at,
    observation.votes,
    observation.comments,
    observation.github_stars,
    source.source,
    archive.archive
FROM dim_paper AS paper
INNER JOIN fact_observation AS observation
    ON paper.paper_key = observation.paper_key
INNER JOIN dim_source AS source
    ON observation.source_key = source.source_key
INNER JOIN dim_archive AS archive
    ON observation.archive_key = archive.archive_key
WHERE
    paper.arxiv_id = $1
    AND observation.is_on_curve
ORDER BY observation.observed_at
