-- Grain: one sample that a replacing batch holds, and so doesn't retract. From: lake_samples, core_replacements.
SELECT DISTINCT samples.batch_id, samples.sample_key
FROM lake_samples AS samples
SEMI JOIN core_replacements AS replacements
    ON samples.batch_id = replacements.batch_id AND samples.attempt_id = replacements.attempt_id
