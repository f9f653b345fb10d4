-- Grain: one row: the batches that count and that no release has, how many and since when (seconds), their rows in
-- quarantine; and the file of the newest batch that counts, published or not, where all of its rows are in quarantine.
-- From: counting, published (both core_receipts).
SELECT
    count(*) AS n_batches,
    epoch(min(committed_at)) AS since,
    coalesce(sum(rows_quarantined), 0)::BIGINT AS n_rows,
    (
        SELECT CASE WHEN newest.rows_read > 0 AND newest.rows_quarantined = newest.rows_read THEN newest.file_name END
        FROM counting AS newest
        ORDER BY newest.received_at DESC, newest.batch_id
        LIMIT 1
    ) AS wholly_refused
FROM counting
ANTI JOIN published
    ON counting.batch_id = published.batch_id AND counting.attempt_id = published.attempt_id
