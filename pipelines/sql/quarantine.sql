-- Grain: one row or sample in quarantine: rows of batches that count, and samples that publication left out because
-- equal reports contradict each other. From: lake_quarantine, lake_receipts, conflicting. Parameters: feed, batch, or
-- NULL for all. The batches that count: core_receipts.
WITH listed AS (
    SELECT * FROM lake_quarantine
    WHERE attempt_id IN (SELECT attempt_id FROM ({counting}))
    UNION ALL BY NAME
    SELECT * FROM conflicting
)

SELECT *
FROM listed
WHERE
    ($feed IS NULL OR feed = $feed)
    AND ($batch IS NULL OR starts_with(batch_id, $batch))
ORDER BY received_at DESC NULLS FIRST, batch_id, sheet, source_row
