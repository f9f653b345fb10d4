-- Grain: one changed sample and a quarter that it has reports in, or had. From: core_changed_keys, core_key_index.
SELECT DISTINCT changed.feed, changed.sample_key, known.quarter
FROM core_changed_keys AS changed
INNER JOIN core_key_index AS known
    ON hash(changed.feed, changed.sample_key) = known.key
