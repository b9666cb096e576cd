-- vote_ages: one row a week of listing, main subject, age and number of votes, with how many papers had them then.
-- Votes that are not known closely are left out.
SELECT
    CAST(date_trunc('week', paper.first_listed_on) AS DATE) AS week,
    paper.primary_category AS subject,
    aged.age_hours,
    CAST(round(aged.votes) AS INTEGER) AS votes,
    count(*) AS papers
FROM fact_vote_age AS aged
INNER JOIN dim_paper AS paper
    ON aged.paper_key = paper.paper_key
WHERE aged.is_narrow
GROUP BY
    CAST(date_trunc('week', paper.first_listed_on) AS DATE),
    paper.primary_category,
    aged.age_hours,
    CAST(round(aged.votes) AS INTEGER)
ORDER BY
    week,
    subject NULLS FIRST,
    aged.age_hours,
    votes
