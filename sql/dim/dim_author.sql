-- dim_author: one row a normalised name. A name is not a person: no two names are merged by guess.
WITH spelling AS (
    SELECT
        author_key,
        name,
        row_number() OVER (PARTITION BY author_key ORDER BY count(*) DESC, name) AS preference
    FROM stg_authorship
    GROUP BY
        author_key,
        name
),

authored AS (
    SELECT
        authorship.author_key,
        authorship.name_normalized,
        CASE
            WHEN min(authorship.hf_user) = max(authorship.hf_user) THEN min(authorship.hf_user)
        END AS hf_user,
        min(paper.first_listed_on) AS first_listed_on,
        max(paper.last_listed_on) AS last_listed_on,
        count(*) AS paper_count
    FROM stg_authorship AS authorship
    INNER JOIN dim_paper AS paper
        ON authorship.paper_key = paper.paper_key
    GROUP BY
        authorship.author_key,
        authorship.name_normalized
)

SELECT
    authored.author_key,
    spelling.name,
    authored.name_normalized,
    authored.hf_user,
    authored.first_listed_on,
    authored.last_listed_on,
    CAST(authored.paper_count AS INTEGER) AS paper_count
FROM authored
INNER JOIN spelling
    ON authored.author_key = spelling.author_key AND spelling.preference = 1
