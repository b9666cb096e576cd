-- error: dim_paper counts the keywords that bridge_paper_keyword holds; where it says NULL or 0, there are none
WITH held AS (
    SELECT
        paper_key,
        count(*) AS keywords
    FROM bridge_paper_keyword
    GROUP BY paper_key
)

SELECT
    paper.arxiv_id,
    paper.keyword_count AS counted,
    held.keywords AS held
FROM dim_paper AS paper
LEFT JOIN held
    ON paper.paper_key = held.paper_key
WHERE coalesce(paper.keyword_count, 0) <> coalesce(held.keywords, 0)
