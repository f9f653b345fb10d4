-- Grain: one drop that a figure depends on: with a report of a candidate, with a part of its notice, with a correction, or
-- with a decision on any of these. What those drops superseded, or came in, their envelopes name.
-- From: core_reports (of the candidates), core_batches (of their notices, and corrections), lake_receipts,
-- lake_dispositions.
WITH needed AS (
    SELECT batch_id FROM core_reports
    UNION
    SELECT batch_id FROM core_batches
),

subjects AS (
    SELECT unnest([notice_key, notice_no, sample_no]) AS subject FROM core_reports
)

SELECT receipts.envelope_id
FROM lake_receipts AS receipts
SEMI JOIN needed
    ON receipts.batch_id = needed.batch_id
WHERE
    receipts.outcome IN ('accepted', 'accepted_with_quarantine')
    OR (receipts.outcome = 'duplicate' AND receipts.supersedes_batch_id IS NOT NULL)
UNION
SELECT decisions.envelope_id
FROM lake_dispositions AS decisions
SEMI JOIN subjects
    ON decisions.subject = subjects.subject
WHERE decisions.feed = $feed
