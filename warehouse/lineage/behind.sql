-- Grain: one drop that a figure depends on: with a report of a candidate, with a part of its notice, or with a correction;
-- the drops that were superseded on the way, since what supersedes them names them; and a ZIP of any of these.
-- From: core_reports (of the candidates), core_batches (of their notices, and corrections), lake_receipts, core_receipts.
WITH RECURSIVE needed AS (
    SELECT DISTINCT batch_id FROM core_reports
    UNION
    SELECT DISTINCT batch_id FROM core_batches
    UNION
    SELECT unnest([receipts.parent_batch_id, receipts.supersedes_batch_id])
    FROM needed
    INNER JOIN lake_receipts AS receipts
        ON needed.batch_id = receipts.batch_id
)

SELECT
    receipts.envelope_id,
    receipts.batch_id,
    receipts.parent_batch_id IS NOT NULL AS is_member,
    receipts.file_name,
    receipts.sha256,
    receipts.contract_version,
    receipts.rules_version,
    counting.batch_id IS NOT NULL AS is_counted
FROM lake_receipts AS receipts
SEMI JOIN needed
    ON receipts.batch_id = needed.batch_id
LEFT JOIN core_receipts AS counting
    ON receipts.batch_id = counting.batch_id AND receipts.attempt_id = counting.attempt_id
WHERE receipts.outcome <> 'rejected' OR receipts.parent_batch_id IS NULL
ORDER BY receipts.envelope_id, receipts.replay_no NULLS FIRST
