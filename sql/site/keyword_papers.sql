-- Papers with the keyword, most votes first
SELECT DISTINCT
    paper.arxiv_id AS paper,
    paper.title,
    paper.first_listed_on,
    paper.latest_votes
FROM dim_keyword AS asked
INNER JOIN dim_keyword AS spelling
    ON asked.canonical_keyword = spelling.canonical_keyword
INNER JOIN bridge_paper_keyword AS held
    ON spelling.keyword_key = held.keyword_key
INNER JOIN dim_paper AS paper
    ON held.paper_key = paper.paper_key
WHERE asked.keyword = $1
ORDER BY
    paper.latest_votes DESC NULLS LAST,
    paper.arxiv_id
LIMIT 200
