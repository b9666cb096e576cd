-- dim_organization: one row an organisation, with its full name as of the newest capture.
SELECT
    organization_key,
    organization AS name,
    organization_full_name AS full_name
FROM stg_entry
WHERE organization IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY organization_key
    ORDER BY CASE WHEN doubt IS NULL THEN 1 ELSE 2 END, captured_at DESC, organization_full_name DESC NULLS LAST
) = 1
