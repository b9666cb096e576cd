-- warn: observations that count for nothing current, because they are doubted
SELECT
    paper.arxiv_id,
    source.source,
    observation.listed_on,
    observation.observed_at,
    observation.votes,
    observation.doubt
FROM fact_observation AS observation
INNER JOIN dim_paper AS paper
    ON observation.paper_key = paper.paper_key
INNER JOIN dim_source AS source
    ON observation.source_key = source.source_key
WHERE observation.doubt IS NOT NULL
