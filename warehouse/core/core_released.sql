-- Grain: one sample that has rows in quarantine and an accepted report that counts: the rows leave quarantine.
-- From: lake_samples, core_quarantined_keys, core_receipts.
SELECT DISTINCT samples.feed, samples.sample_key
FROM lake_samples AS samples
SEMI JOIN core_quarantined_keys AS keys
    ON samples.feed = keys.feed AND samples.sample_key = keys.sample_key
SEMI JOIN core_receipts AS receipts
    ON samples.batch_id = receipts.batch_id AND samples.attempt_id = receipts.attempt_id
