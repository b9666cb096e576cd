-- Papers with the name, newest first
SELECT
    paper.arxiv_id AS paper,
    paper.title,
    paper.first_listed_on,
    written.position,
    paper.author_count,
    paper.latest_votes
FROM dim_author AS author
INNER JOIN bridge_paper_author AS written
    ON author.author_key = written.author_key
INNER JOIN dim_paper AS paper
    ON written.paper_key = paper.paper_key
WHERE author.name_normalized = lower(nfc_normalize($1)) OR author.name = $1
ORDER BY
    paper.first_listed_on DESC,
    paper.arxiv_id
