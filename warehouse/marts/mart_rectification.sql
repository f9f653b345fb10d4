-- Grain: one quarter (of the samples), feed, sampling type, province and prefecture with failed samples that are final and
-- stand; how many of them are rectified, and were looked at again. Additive. From: core_final_failures.
SELECT
    quarter,
    feed,
    sampling_type,
    province_code,
    prefecture_code,
    count(*) AS n_failed,
    count(*) FILTER (WHERE is_rectified) AS n_rectified,
    count(*) FILTER (WHERE is_rechecked) AS n_rechecked,
    count(*) FILTER (WHERE last_measure IS NULL) AS n_untouched
FROM core_final_failures
GROUP BY ALL
