-- Grain: one file that counts in one of two releases and not in the other, or whose batch was worked off again between
-- them. From: receipts_before, receipts_after (the batches that count in each).
SELECT
    'file' AS kind,
    CASE
        WHEN before.batch_id IS NULL THEN 'added'
        WHEN after.batch_id IS NULL THEN 'removed'
        ELSE 'replayed'
    END AS change,
    coalesce(after.feed, before.feed) AS feed,
    coalesce(after.file_name, before.file_name) AS file_name,
    coalesce(after.batch_id, before.batch_id) AS batch_id,
    coalesce(after.quarters, before.quarters) AS quarters,
    coalesce(after.n_samples, before.n_samples) AS n_samples
FROM receipts_before AS before
FULL OUTER JOIN receipts_after AS after
    ON before.batch_id = after.batch_id
WHERE before.attempt_id IS DISTINCT FROM after.attempt_id
ORDER BY change, feed, file_name, batch_id
