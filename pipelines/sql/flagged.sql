-- Grain: one accepted row and a rule that flags it. From: rows, routed, problems.
SELECT
    rows.sheet,
    rows.source_row,
    problems.rule,
    problems.column_name,
    problems.found
FROM problems
INNER JOIN rows ON problems.row_no = rows.row_no
INNER JOIN routed ON problems.row_no = routed.row_no
WHERE problems.action = 'flag_row' AND routed.ends_as <> 'quarantined'
ORDER BY rows.row_no, problems.severity
