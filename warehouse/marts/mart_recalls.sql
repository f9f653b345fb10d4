-- Grain: one recall, with the warnings that speak of the same goods; in full for the office or for the public, which
-- reads none whose rows contradict each other, and the number of no sample but one that a warning tells of.
-- From: core_shown_recalls (core_recalls, or what the public reads of it), core_recall_matches.
SELECT
    recalls.recall_no,
    recalls.announced_on,
    recalls.kind,
    recalls.announced_by,
    recalls.producer_name,
    recalls.product_name,
    recalls.brand,
    recalls.spec,
    recalls.batch,
    recalls.produced_from,
    recalls.produced_to,
    recalls.n_units,
    recalls.defect,
    recalls.hazard,
    recalls.remedy,
    recalls.source_url,
    CASE WHEN $is_office OR matched.is_by_sample THEN recalls.sample_no END AS sample_no,
    recalls.status,
    recalls.corrected_on,
    recalls.is_conflicting,
    coalesce(matched.warnings, []) AS warnings
FROM core_shown_recalls AS recalls
LEFT JOIN (
    SELECT
        number_text,
        list(struct_pack(warning_id := warning_id, matched_by := matched_by) ORDER BY warning_id) AS warnings,
        bool_or(matched_by = 'sample_no') AS is_by_sample
    FROM core_recall_matches
    GROUP BY number_text
) AS matched
    ON recalls.number_text = matched.number_text
WHERE $is_office OR NOT recalls.is_conflicting
