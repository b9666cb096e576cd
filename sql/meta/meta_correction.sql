-- meta_correction: one row a paper and field that was corrected by hand.
SELECT
    arxiv_id,
    field,
    value,
    reason,
    corrected_at
FROM lake_correction
