-- Which papers did a source take off a day's list, and on which later list do they stand?
SELECT
    paper.arxiv_id,
    paper.title,
    source.source,
    gone.listed_on,
    min(later.listed_on) AS moved_to
FROM fact_listing AS gone
INNER JOIN dim_paper AS paper
    ON gone.paper_key = paper.paper_key
INNER JOIN dim_source AS source
    ON gone.source_key = source.source_key
LEFT JOIN fact_listing AS later
    ON gone.paper_key = later.paper_key AND gone.source_key = later.source_key AND gone.listed_on < later.listed_on
WHERE NOT gone.is_still_listed
GROUP BY ALL
ORDER BY
    gone.listed_on,
    paper.arxiv_id
