-- error: a paper that was taken out by hand is in no list and no reject
SELECT
    exclusion.arxiv_id,
    'dim_paper' AS found_in
FROM meta_exclusion AS exclusion
INNER JOIN dim_paper AS paper
    ON exclusion.arxiv_id_sha256 = sha256(paper.arxiv_id)
UNION ALL
SELECT
    exclusion.arxiv_id,
    'meta_reject' AS found_in
FROM meta_exclusion AS exclusion
INNER JOIN meta_reject AS reject
    ON exclusion.arxiv_id_sha256 = sha256(reject.arxiv_id)
