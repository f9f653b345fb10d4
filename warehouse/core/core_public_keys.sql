-- Grain: one sample (feed, sample_key) of which a warning tells that the public reads and that is not withdrawn.
-- From: core_known_warnings.
SELECT DISTINCT feed, unnest(sample_keys) AS sample_key
FROM core_known_warnings
WHERE state <> 'withdrawn'
