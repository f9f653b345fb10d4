-- Grain: one drop that a figure depends on: with a report of a candidate, with a part of its notice, with what replaces any
-- of these, or with a decision or an agency's word on them. What those drops superseded, or came in, their envelopes name.
-- From: core_reports (of the candidates), core_batches, core_replacements, lake_receipts, lake_dispositions, lake_measures;
-- $feed.
WITH names AS (
    SELECT unnest([notice_key, notice_no, batch_id, corrects, sample_no]) AS name FROM core_reports
),

numbers AS (
    SELECT DISTINCT grouping_text(sample_no) AS number_text
    FROM core_reports
    WHERE conclusion = 'nonconforming'
),

needed AS (
    SELECT batch_id FROM core_reports
    UNION
    SELECT batch_id
    FROM lake_measures
    WHERE feed = $feed AND kind = 'reinspection' AND grouping_text(subject) IN (SELECT number_text FROM numbers)
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
SELECT envelope_id
FROM lake_dispositions
WHERE
    feed = $feed
    AND (
        subject IN (SELECT name FROM names WHERE name IS NOT NULL)
        OR grouping_text(subject) IN (SELECT number_text FROM numbers WHERE number_text IS NOT NULL)
    )
