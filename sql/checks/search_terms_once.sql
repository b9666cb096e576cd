-- error: search_term holds each term of a paper once
SELECT
    found.term_key,
    found.paper_number,
    count(*) AS copies
FROM search_slice AS slice
INNER JOIN search_term AS found
    ON slice.paper_number = found.paper_number
GROUP BY
    found.term_key,
    found.paper_number
HAVING count(*) > 1
