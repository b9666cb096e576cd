-- Papers by month: the main subject and the others count; shares are of the papers that were described
SELECT
    month,
    papers,
    primary_papers AS as_main_subject,
    round(100 * share, 1) AS percent_of_month,
    votes
FROM mart_category_month
WHERE category = $1
ORDER BY month
