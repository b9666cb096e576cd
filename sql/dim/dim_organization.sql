-- dim_organization: one row an organisation, with its full name as of the newest capture.
SELECT
    organization_key,
    organization AS name,
    organization_full_name AS full_name
FROM stg_entry
WHERE organization IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY organization_key
    ORDER BY doubt IS NOT NULL, captured_at DESC, organization_full_name DESC NULLS LAST
) = 1
