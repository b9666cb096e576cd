-- Which two subjects stand together on the most papers, and on which part of the papers of each?
SELECT
    one.category AS category_a,
    two.category AS category_b,
    count(*) AS papers,
    round(100.0 * count(*) / one.papers, 1) AS percent_of_a,
    round(100.0 * count(*) / two.papers, 1) AS percent_of_b,
    count(CASE WHEN on_one.is_primary THEN 1 END) AS mainly_a,
    count(CASE WHEN on_two.is_primary THEN 1 END) AS mainly_b
FROM bridge_paper_category AS on_one
INNER JOIN bridge_paper_category AS on_two
    ON on_one.paper_key = on_two.paper_key
INNER JOIN mart_category AS one
    ON on_one.category_key = one.category_key
INNER JOIN mart_category AS two
    ON on_two.category_key = two.category_key AND one.category < two.category
GROUP BY one.category, two.category, one.papers, two.papers
ORDER BY
    papers DESC,
    category_a,
    category_b
LIMIT 20
