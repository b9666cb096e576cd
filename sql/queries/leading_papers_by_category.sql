-- Which papers have the most votes in each of the ten main subjects with the most papers?
WITH ranked AS (
    SELECT
        primary_category,
        arxiv_id,
        title,
        first_listed_on,
        latest_votes,
        row_number() OVER (PARTITION BY primary_category ORDER BY latest_votes DESC NULLS LAST, arxiv_id) AS place
    FROM mart_paper
)

SELECT
    ranked.primary_category,
    ranked.place,
    ranked.arxiv_id,
    ranked.title,
    ranked.first_listed_on,
    ranked.latest_votes
FROM ranked
INNER JOIN mart_category AS category ON ranked.primary_category = category.category
WHERE ranked.place <= 5 AND ranked.latest_votes IS NOT NULL
QUALIFY dense_rank() OVER (ORDER BY category.primary_papers DESC, category.category) <= 10
ORDER BY category.primary_papers DESC, ranked.primary_category, ranked.place
