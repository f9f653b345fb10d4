-- Grain: one quarter, feed, sampling type and province, as a whole (`all`) and by prefecture: days from sampling to the
-- conclusion of the samples that tell both. n_undated: those that don't, or in the wrong order. Inspections are concluded
-- where they are made. From: core_counted, given_standards.
WITH timed AS (
    SELECT
        samples.quarter,
        samples.feed,
        samples.sampling_type,
        samples.province_code,
        samples.prefecture_code,
        standards.days AS standard_days,
        CASE
            WHEN samples.concluded_on >= samples.sampled_on
                THEN CAST(samples.concluded_on - samples.sampled_on AS BIGINT)
        END AS days
    FROM core_counted AS samples
    LEFT JOIN given_standards AS standards
        ON samples.feed = standards.feed AND standards.step = 'sampled_to_concluded'
    WHERE NOT samples.is_inspection
)

SELECT
    quarter,
    feed,
    sampling_type,
    province_code,
    coalesce(prefecture_code, 'all') AS prefecture_code,
    'sampled_to_concluded' AS step,
    count(days) AS n_samples,
    count(*) - count(days) AS n_undated,
    count(*) FILTER (WHERE days <= standard_days) AS n_within,
    quantile_disc(days, 0.5) AS p50_days,
    quantile_disc(days, 0.95) AS p95_days
FROM timed
GROUP BY GROUPING SETS (
    (quarter, feed, sampling_type, province_code),
    (quarter, feed, sampling_type, province_code, prefecture_code)
)
