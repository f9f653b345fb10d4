-- Grain: one row of quarantine, or one report of a sample that publication left out because equal reports contradict
-- each other. It waits while its batch counts and its sample has not been accepted since; else it has left, and is
-- listed for who asks for everything. From: lake_quarantine, lake_samples, lake_receipts, conflicting, the batches that
-- count (core_receipts). Parameters: feed, batch (or its beginning), rule, or NULL for all; everything.
WITH counting AS ({counting}),

waiting AS (
    SELECT * FROM lake_quarantine
    WHERE attempt_id IN (SELECT attempt_id FROM counting)
),

accepted AS (
    SELECT DISTINCT
        samples.feed,
        samples.sample_key
    FROM lake_samples AS samples
    SEMI JOIN waiting
        ON samples.feed = waiting.feed AND samples.sample_key = waiting.sample_key
    SEMI JOIN counting
        ON samples.batch_id = counting.batch_id AND samples.attempt_id = counting.attempt_id
),

listed AS (
    SELECT
        waiting.*,
        'waiting' AS state
    FROM waiting
    ANTI JOIN accepted
        ON waiting.feed = accepted.feed AND waiting.sample_key = accepted.sample_key
    UNION ALL
    SELECT
        waiting.*,
        'left' AS state
    FROM waiting
    SEMI JOIN accepted
        ON waiting.feed = accepted.feed AND waiting.sample_key = accepted.sample_key
    UNION ALL
    SELECT
        former.*,
        'left' AS state
    FROM lake_quarantine AS former
    SEMI JOIN lake_receipts AS receipts
        ON former.attempt_id = receipts.attempt_id
    ANTI JOIN counting
        ON former.attempt_id = counting.attempt_id
    UNION ALL BY NAME
    SELECT
        *,
        'waiting' AS state
    FROM conflicting
)

SELECT *
FROM listed
WHERE
    ($feed IS NULL OR feed = $feed)
    AND ($batch IS NULL OR starts_with(batch_id, $batch))
    AND ($rule IS NULL OR rule = $rule)
    AND ($everything OR state = 'waiting')
ORDER BY received_at DESC NULLS FIRST, batch_id, sheet, source_row
