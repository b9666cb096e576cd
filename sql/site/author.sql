-- Author: a name, not a person
SELECT
    author.name AS title,
    author.hf_user,
    author.papers,
    author.ordered_papers,
    author.first_author_papers,
    author.last_author_papers,
    round(author.fractional_credit, 2) AS fractional_credit,
    author.votes,
    author.first_listed_on,
    author.last_listed_on
FROM mart_author AS author
INNER JOIN dim_author AS name
    ON author.author_key = name.author_key
WHERE name.name_normalized = lower(nfc_normalize($1)) OR name.name = $1
ORDER BY author.papers DESC
LIMIT 1
