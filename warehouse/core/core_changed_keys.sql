-- Grain: one sample of a touched batch. From: lake_samples, core_touched_batches.
SELECT DISTINCT samples.feed, samples.sample_key
FROM lake_samples AS samples
SEMI JOIN core_touched_batches AS touched
    ON samples.batch_id = touched.batch_id AND samples.attempt_id = touched.attempt_id
