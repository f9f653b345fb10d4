-- Grain: one sample with rows in quarantine, of batches that count. From: lake_quarantine, core_receipts.
SELECT DISTINCT rows_.feed, rows_.sample_key
FROM lake_quarantine AS rows_
SEMI JOIN core_receipts AS receipts
    ON rows_.batch_id = receipts.batch_id AND rows_.attempt_id = receipts.attempt_id
WHERE rows_.sample_key IS NOT NULL
