-- Grain: one quarter (of the samples), feed, sampling type and province, as a whole (`all`) and by prefecture, and step:
-- sampled → concluded of all samples, concluded → final and final → issued (first told in a warning) of failed ones.
-- Median and 95th percentile in days, withheld below 30 samples; the share within the standard by the rules of rates.
-- From: core_durations, core_final_failures, lake_warning_events, core_new_events, given_standards.
WITH issued AS (
    SELECT
        feed,
        unnest(sample_keys) AS sample_key,
        CAST(happened_at AT TIME ZONE 'Asia/Shanghai' AS DATE) AS issued_on
    FROM (
        SELECT feed, sample_keys, happened_at, coalesce(state_after, event) AS state FROM lake_warning_events
        UNION ALL
        SELECT feed, sample_keys, happened_at, state_after FROM core_new_events
    )
    WHERE state IN ('issued', 'updated')
),

first_issued AS (
    SELECT feed, sample_key, min(issued_on) AS issued_on
    FROM issued
    GROUP BY feed, sample_key
),

timed AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        province_code,
        prefecture_code,
        'concluded_to_final' AS step,
        CASE WHEN final_since >= concluded_on THEN CAST(final_since - concluded_on AS BIGINT) END AS days
    FROM core_final_failures
    UNION ALL
    SELECT
        failures.quarter,
        failures.feed,
        failures.sampling_type,
        failures.province_code,
        failures.prefecture_code,
        'final_to_issued' AS step,
        CASE
            WHEN first_issued.issued_on >= failures.final_since
                THEN CAST(first_issued.issued_on - failures.final_since AS BIGINT)
        END AS days
    FROM core_final_failures AS failures
    INNER JOIN first_issued
        ON failures.feed = first_issued.feed AND failures.sample_key = first_issued.sample_key
),

summed AS (
    SELECT *
    FROM core_durations
    UNION ALL BY NAME
    SELECT
        timed.quarter,
        timed.feed,
        timed.sampling_type,
        timed.province_code,
        coalesce(timed.prefecture_code, 'all') AS prefecture_code,
        timed.step,
        count(timed.days) AS n_samples,
        count(*) - count(timed.days) AS n_undated,
        count(*) FILTER (WHERE timed.days <= standards.days) AS n_within,
        quantile_disc(timed.days, 0.5) AS p50_days,
        quantile_disc(timed.days, 0.95) AS p95_days
    FROM timed
    LEFT JOIN given_standards AS standards
        ON timed.feed = standards.feed AND timed.step = standards.step
    GROUP BY GROUPING SETS (
        (timed.quarter, timed.feed, timed.sampling_type, timed.province_code, timed.step),
        (timed.quarter, timed.feed, timed.sampling_type, timed.province_code, timed.step, timed.prefecture_code)
    )
),

judged AS (
    SELECT
        summed.*,
        standards.days AS standard_days,
        standards.source AS standard_source,
        CASE
            WHEN summed.n_samples = 0 THEN 'no_data'
            WHEN summed.n_samples < 30 THEN 'withheld_small_n'
            ELSE 'ok'
        END AS days_status,
        CASE WHEN standards.days IS NOT NULL THEN rate_status(summed.n_within, summed.n_samples, NULL) END AS share_status
    FROM summed
    LEFT JOIN given_standards AS standards
        ON summed.feed = standards.feed AND summed.step = standards.step
)

SELECT
    quarter,
    feed,
    sampling_type,
    province_code,
    prefecture_code,
    step,
    n_samples,
    n_undated,
    days_status,
    CASE WHEN days_status = 'ok' THEN p50_days END AS p50_days,
    CASE WHEN days_status = 'ok' THEN p95_days END AS p95_days,
    standard_days,
    standard_source,
    CASE WHEN standard_days IS NOT NULL THEN n_within END AS n_within,
    share_status,
    CASE WHEN share_status IN ('ok', 'boundary') THEN n_within / n_samples END AS share_within,
    CASE WHEN share_status IN ('ok', 'boundary') THEN wilson_low(n_within, n_samples) END AS share_within_low,
    CASE WHEN share_status IN ('ok', 'boundary') THEN wilson_high(n_within, n_samples) END AS share_within_high
FROM judged
