-- error: the votes of every entry, at every capture, are new observations, and nothing else is
WITH vote AS (
    SELECT
        paper.arxiv_id,
        source.source,
        fact.listed_on,
        fact.observed_at AS captured_at,
        fact.votes
    FROM fact_observation AS fact
    INNER JOIN dim_paper AS paper
        ON fact.paper_key = paper.paper_key
    INNER JOIN dim_source AS source
        ON fact.source_key = source.source_key
    WHERE fact.is_new
)

SELECT
    coalesce(entry.arxiv_id, vote.arxiv_id) AS arxiv_id,
    coalesce(entry.source, vote.source) AS source,
    coalesce(entry.listed_on, vote.listed_on) AS listed_on,
    coalesce(entry.captured_at, vote.captured_at) AS captured_at,
    entry.votes AS votes_in_lake,
    vote.votes AS votes_in_fact
FROM stg_entry AS entry
FULL JOIN vote
    ON
        entry.arxiv_id = vote.arxiv_id
        AND entry.source = vote.source
        AND entry.listed_on = vote.listed_on
        AND entry.captured_at = vote.captured_at
WHERE
    entry.arxiv_id IS NULL
    OR vote.arxiv_id IS NULL
    OR entry.votes IS DISTINCT FROM vote.votes
