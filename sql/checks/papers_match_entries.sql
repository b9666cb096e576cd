-- error: a paper has the title, abstract, date and organisation of its newest entry, the API's above a digest's
WITH newest AS (
    SELECT
        arxiv_id,
        source,
        title,
        md5(abstract) AS abstract_md5,
        CAST(published_at AS DATE) AS published_on,
        organization,
        row_number() OVER (PARTITION BY arxiv_id, source ORDER BY captured_at DESC, listed_on DESC) AS age
    FROM lake_entry
),

kept AS (
    SELECT
        paper.arxiv_id,
        paper.title,
        md5(paper.abstract) AS abstract_md5,
        paper.published_on,
        organization.name AS organization
    FROM dim_paper AS paper
    LEFT JOIN dim_organization AS organization
        ON paper.organization_key = organization.organization_key
)

SELECT
    kept.arxiv_id,
    kept.title,
    coalesce(api.title, digest.title) AS title_in_lake,
    kept.published_on,
    api.published_on AS published_on_in_lake,
    kept.organization,
    api.organization AS organization_in_lake
FROM kept
LEFT JOIN newest AS api
    ON kept.arxiv_id = api.arxiv_id AND api.source = 'huggingface' AND api.age = 1
LEFT JOIN newest AS digest
    ON kept.arxiv_id = digest.arxiv_id AND digest.source = 'digest' AND digest.age = 1
WHERE
    kept.title IS DISTINCT FROM coalesce(api.title, digest.title)
    OR kept.abstract_md5 IS DISTINCT FROM coalesce(api.abstract_md5, digest.abstract_md5)
    OR kept.published_on IS DISTINCT FROM api.published_on
    OR kept.organization IS DISTINCT FROM api.organization
