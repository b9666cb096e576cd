-- error: a paper has the title, abstract, dates and organisation of the best source that has them, in its newest entry
-- Entries that are doubted come last. What was corrected by hand is not compared.
WITH newest AS (
    SELECT
        arxiv_id,
        source,
        listed_on,
        captured_at,
        archive,
        title,
        organization,
        doubt IS NOT NULL AS is_doubted
    FROM stg_entry
    QUALIFY row_number() OVER (
        PARTITION BY arxiv_id, source
        ORDER BY (doubt IS NULL, captured_at, listed_on, archive) DESC
    ) = 1
),

-- Abstracts are compared by their MD5, so that memory need not hold them.
said AS (
    SELECT
        newest.arxiv_id,
        newest.source,
        newest.title,
        newest.organization,
        newest.is_doubted,
        md5(entry.abstract) AS abstract_md5,
        CAST(entry.published_at AS DATE) AS published_on,
        entry.submitted_at
    FROM newest
    INNER JOIN lake_entry AS entry
        ON
            newest.arxiv_id = entry.arxiv_id
            AND newest.source = entry.source
            AND newest.listed_on = entry.listed_on
            AND newest.captured_at = entry.captured_at
            AND newest.archive = entry.archive
),

-- min_by passes over rows whose value is NULL.
expected AS (
    SELECT
        said.arxiv_id,
        min_by(said.title, (said.is_doubted, source.precedence)) AS title,
        min_by(said.abstract_md5, (said.is_doubted, source.precedence)) AS abstract_md5,
        min_by(said.published_on, (said.is_doubted, source.precedence)) AS published_on,
        min_by(said.submitted_at, (said.is_doubted, source.precedence)) AS submitted_at,
        min_by(said.organization, (said.is_doubted, source.precedence)) AS organization
    FROM said
    INNER JOIN lake_source AS source
        ON said.source = source.source
    GROUP BY said.arxiv_id
),

-- Where no list has an abstract or a date, those of the description count.
described AS (
    SELECT
        arxiv_id,
        md5(abstract) AS abstract_md5,
        published_on
    FROM stg_description
)

SELECT
    paper.arxiv_id,
    paper.title,
    expected.title AS title_in_lake,
    paper.published_on,
    coalesce(expected.published_on, described.published_on) AS published_on_in_lake,
    paper.submitted_at,
    expected.submitted_at AS submitted_at_in_lake,
    organization.name AS organization,
    expected.organization AS organization_in_lake
FROM dim_paper AS paper
LEFT JOIN dim_organization AS organization
    ON paper.organization_key = organization.organization_key
LEFT JOIN expected
    ON paper.arxiv_id = expected.arxiv_id
LEFT JOIN described
    ON paper.arxiv_id = described.arxiv_id
LEFT JOIN stg_correction AS correction
    ON paper.arxiv_id = correction.arxiv_id
WHERE
    paper.title IS DISTINCT FROM expected.title
    OR organization.name IS DISTINCT FROM expected.organization
    OR (
        correction.abstract IS NULL
        AND md5(paper.abstract) IS DISTINCT FROM coalesce(expected.abstract_md5, described.abstract_md5)
    )
    OR (
        correction.published_on IS NULL
        AND paper.published_on IS DISTINCT FROM coalesce(expected.published_on, described.published_on)
    )
    OR (correction.submitted_at IS NULL AND paper.submitted_at IS DISTINCT FROM expected.submitted_at)
