-- Grain: one batch that counts. Its attempt is that of the latest replay, and of several (two processes at once) the
-- first by (committed_at, attempt_id) that was accepted; a batch that another batch superseded is out, unless a file
-- received later puts it in place again (a side-car that came back; by when it was received, not processed). What a
-- superseded batch had superseded stays out. From: lake_receipts.
WITH superseding AS (
    SELECT batch_id, supersedes_batch_id, (received_at, batch_id) AS said_at
    FROM lake_receipts
    WHERE
        outcome IN ('accepted', 'accepted_with_quarantine', 'duplicate')
        AND supersedes_batch_id IS NOT NULL
        AND supersedes_batch_id <> batch_id
),

superseded AS (
    SELECT old.supersedes_batch_id AS batch_id
    FROM superseding AS old
    LEFT JOIN superseding AS again
        ON old.supersedes_batch_id = again.batch_id AND old.said_at < again.said_at
    WHERE again.batch_id IS NULL
)

SELECT receipts.*
FROM lake_receipts AS receipts
ANTI JOIN superseded
    ON receipts.batch_id = superseded.batch_id
WHERE receipts.outcome IN ('accepted', 'accepted_with_quarantine') AND receipts.attempt_id IS NOT NULL
QUALIFY
    row_number() OVER (
        PARTITION BY receipts.batch_id
        ORDER BY coalesce(receipts.replay_no, 0) DESC, receipts.committed_at, receipts.attempt_id
    ) = 1
