-- Grain: one sample and quarter, of the samples that have reports in several quarters. From: core_key_quarters.
SELECT feed, sample_key, quarter
FROM core_key_quarters
QUALIFY count(*) OVER (PARTITION BY feed, sample_key) > 1
