-- Grain: one indicator that this release knows; sampling_type is null where it is not sampled.
SELECT DISTINCT
    indicator_code,
    sampling_type,
    name_zh,
    name_en
FROM ref_indicators
ORDER BY indicator_code
