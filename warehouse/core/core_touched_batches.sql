-- Grain: one batch and quarter whose samples may count differently than in the release before: it came or went, its
-- notice lost or found a half, a replacement that came, or reaches further since a batch superseded another, names it, or
-- it was sent together with a replacement only now, or no longer.
-- From: core_batches, core_gone_batches, core_changed_batches, core_changed_dispositions, core_changed_successions,
-- core_changed_companions, core_replacements.
WITH known AS (
    SELECT feed, batch_id, attempt_id, notice_key, notice_no, half, corrects, quarter FROM core_batches
    UNION
    SELECT feed, batch_id, attempt_id, notice_key, notice_no, half, corrects, quarter FROM core_gone_batches
),

names AS (
    SELECT known.feed, known.notice_key AS name
    FROM known
    SEMI JOIN core_changed_batches AS changed
        ON known.batch_id = changed.batch_id
    WHERE known.half IN ('conforming', 'nonconforming')
    UNION
    SELECT replacements.feed, replacements.target
    FROM core_replacements AS replacements
    SEMI JOIN core_changed_batches AS changed
        ON replacements.batch_id = changed.batch_id
    UNION
    SELECT feed, target FROM core_replacements
    WHERE EXISTS (FROM core_changed_successions)
    UNION
    SELECT feed, subject FROM core_changed_dispositions
)

SELECT DISTINCT known.batch_id, known.attempt_id, known.quarter
FROM known
LEFT JOIN core_changed_batches AS changed
    ON known.batch_id = changed.batch_id
WHERE
    changed.batch_id IS NOT NULL
    OR (known.feed, known.notice_key) IN (SELECT (feed, name) FROM names)
    OR (known.feed, known.notice_no) IN (SELECT (feed, name) FROM names)
    OR (known.feed, known.batch_id) IN (SELECT (feed, name) FROM names)
    OR (known.feed, known.corrects) IN (SELECT (feed, name) FROM names)
    OR known.batch_id IN (SELECT batch_id FROM core_changed_companions)
