-- Grain: one quarantined row of the batch, in reading order. From: rows, routed.
SELECT
    rows.sheet,
    rows.source_row,
    routed.is_to_blame,
    to_blame.source_row AS row_to_blame,
    routed.problem.rule AS rule,
    routed.problem.column_name AS column_name,
    routed.problem.found AS found,
    rows.sample_key,
    rows.sampling_type_code AS sampling_type,
    rows.quarter,
    rows.province_code,
    rows.prefecture_code,
    rows.category_code,
    rows.conclusion_code AS conclusion
FROM routed
INNER JOIN rows ON routed.row_no = rows.row_no
INNER JOIN rows AS to_blame ON routed.problem.row_no = to_blame.row_no
WHERE routed.ends_as = 'quarantined'
ORDER BY rows.row_no
