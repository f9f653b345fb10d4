-- Grain: one file, also a form, that was rejected as a whole, by its latest reading; is_taken: its bytes were taken in
-- since, so that it no longer waits. Of a ZIP its files speak. From: lake_receipts.
SELECT
    *,
    EXISTS (
        SELECT 1 FROM lake_receipts AS taken
        WHERE
            taken.outcome <> 'rejected'
            AND taken.sha256 = receipts.sha256
            AND taken.batch_id IS DISTINCT FROM receipts.parent_batch_id
    ) AS is_taken
FROM lake_receipts AS receipts
WHERE
    outcome = 'rejected'
    AND batch_id NOT IN (
        SELECT members.parent_batch_id FROM lake_receipts AS members WHERE members.parent_batch_id IS NOT NULL
    )
QUALIFY row_number() OVER (PARTITION BY batch_id, file_name ORDER BY committed_at DESC) = 1
