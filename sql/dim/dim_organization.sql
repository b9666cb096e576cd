-- dim_organization: one row an organisation, with its full name as of the newest capture.
SELECT
    organization_key,
    name,
    full_name,
    canonical_name
FROM stg_folded_organization
