-- Grain: one drop that a figure depends on: with a report of a candidate, with a part of its notice, with what replaces any
-- of these, or with a decision on them. What those drops superseded, or came in, their envelopes name.
-- From: core_reports (of the candidates), core_batches, core_replacements, lake_receipts, lake_dispositions; $feed.
WITH names AS (
    SELECT unnest([notice_key, notice_no, batch_id, corrects, sample_no]) AS name FROM core_reports
),

needed AS (
    SELECT batch_id FROM core_reports
    UNION
    SELECT batch_id
    FROM core_batches
    WHERE notice_key IN (SELECT notice_key FROM core_reports WHERE half <> 'together')
    UNION
    SELECT batch_id
    FROM core_replacements
    WHERE target IN (SELECT name FROM names WHERE name IS NOT NULL)
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
SEMI JOIN names
    ON decisions.subject = names.name
WHERE decisions.feed = $feed
