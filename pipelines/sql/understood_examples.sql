-- Grain: one accepted sample: the first of each conclusion and stage of reading, at most five. From: rows, routed.
SELECT
    rows.sheet,
    rows.source_row AS "row",
    rows.sample_no,
    rows.product_name AS product,
    rows.producer_name AS producer,
    rows.sampled_unit_name AS sampled_unit,
    rows.prefecture_code,
    rows.conclusion_code AS conclusion,
    rows.quarter,
    rows.findings
FROM rows
INNER JOIN routed ON rows.row_no = routed.row_no
WHERE routed.ends_as = 'accepted'
QUALIFY row_number() OVER (PARTITION BY rows.conclusion_code, len(rows.findings) > 1 ORDER BY rows.row_no) = 1
ORDER BY rows.row_no
LIMIT 5
