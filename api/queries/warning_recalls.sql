-- Grain: one recall of the goods that a warning speaks of, the oldest first, with how that is known.
SELECT
    r.recall_no,
    r.announced_on,
    r.kind,
    r.announced_by,
    r.product_name,
    r.remedy,
    r.source_url,
    r.status,
    w.warning.matched_by AS matched_by
FROM mart_recalls r
CROSS JOIN unnest(r.warnings) AS w(warning)
WHERE w.warning.warning_id = $warning_id
ORDER BY r.announced_on, r.recall_no
