-- Grain: one quarantined row of the batch, in reading order. From: rows, routed.
SELECT
    rows.sheet,
    rows.source_row,
    routed.rule,
    routed.own_rule,
    routed.column_name,
    routed.found,
    rows.sample_key,
    rows.sampling_type_code AS sampling_type,
    rows.quarter,
    rows.province_code,
    rows.prefecture_code,
    rows.category_code,
    rows.conclusion_code AS conclusion
FROM routed
INNER JOIN rows ON routed.row_no = rows.row_no
WHERE routed.ends_as = 'quarantined'
ORDER BY rows.row_no
