-- Grain: one row for the batch: where its rows ended, the notices and the quarters that its samples touch.
-- From: rows, routed. Parameter: what stands for the notice where there is no number.
SELECT
    count(*) AS rows_read,
    count(*) FILTER (routed.ends_as = 'accepted') AS rows_accepted,
    count(*) FILTER (routed.ends_as = 'quarantined') AS rows_quarantined,
    count(*) FILTER (routed.ends_as = 'continuation') AS rows_continuation,
    count(*) FILTER (routed.ends_as = 'duplicate') AS rows_duplicate,
    list(DISTINCT {'notice_key': coalesce(rows.notice_key, $notice), 'half': rows.half})
        FILTER (routed.ends_as = 'accepted') AS notices,
    list(DISTINCT rows.quarter ORDER BY rows.quarter) FILTER (routed.ends_as = 'accepted') AS quarters
FROM routed
INNER JOIN rows ON routed.row_no = rows.row_no
