-- Grain: one batch that counts. Its attempt is the first by (committed_at, attempt_id) that was accepted; a batch that
-- another counting batch supersedes is out. From: lake_receipts. A batch that was superseded supersedes all the same:
-- what it replaced stays replaced, so that the order of arrival decides nothing.
SELECT * EXCLUDE (attempt_order)
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY batch_id ORDER BY committed_at, attempt_id) AS attempt_order
    FROM lake_receipts
    WHERE outcome IN ('accepted', 'accepted_with_quarantine') AND attempt_id IS NOT NULL
)
WHERE
    attempt_order = 1
    AND batch_id NOT IN (
        SELECT supersedes_batch_id
        FROM lake_receipts
        WHERE
            outcome IN ('accepted', 'accepted_with_quarantine')
            AND supersedes_batch_id IS NOT NULL
            AND supersedes_batch_id <> batch_id
    )
