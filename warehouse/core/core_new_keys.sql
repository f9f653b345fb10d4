-- Grain: one report of a batch that the release before did not count: a hash that stands for its sample, and the quarter.
-- From: lake_samples (the files that matter), core_fresh_batches.
SELECT hash(samples.feed, samples.sample_key) AS key, samples.quarter
FROM lake_samples AS samples
SEMI JOIN core_fresh_batches AS fresh
    ON samples.batch_id = fresh.batch_id AND samples.attempt_id = fresh.attempt_id
