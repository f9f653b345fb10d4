-- Grain: one quarter, feed, sampling type and province. A sample is late when the first of its reports was received more
-- than 30 days after its conclusion (or inspection), by the office's day; one without such a date can't be judged. Held
-- samples are in it: they have come. From: core_counted, core_reports, core_receipts.
WITH judged AS (
    SELECT
        samples.feed,
        samples.quarter,
        samples.sampling_type,
        samples.province_code,
        samples.sample_key,
        samples.concluded_on,
        CAST(receipts.received_at AT TIME ZONE 'Asia/Shanghai' AS DATE) > samples.concluded_on + 30 AS is_late
    FROM core_counted AS samples
    INNER JOIN core_receipts AS receipts
        ON samples.batch_id = receipts.batch_id
),

-- Only what the report that holds would call late needs a look at the others.
in_time AS (
    SELECT DISTINCT judged.feed, judged.sample_key
    FROM judged
    INNER JOIN core_reports AS reports
        ON judged.feed = reports.feed AND judged.sample_key = reports.sample_key
    INNER JOIN core_receipts AS receipts
        ON reports.batch_id = receipts.batch_id
    WHERE judged.is_late AND CAST(receipts.received_at AT TIME ZONE 'Asia/Shanghai' AS DATE) <= judged.concluded_on + 30
)

SELECT
    judged.quarter,
    judged.feed,
    judged.sampling_type,
    judged.province_code,
    count(*) AS n_samples,
    count(*) FILTER (judged.is_late AND in_time.sample_key IS NULL) AS n_late,
    count(*) FILTER (judged.concluded_on IS NULL) AS n_undated
FROM judged
LEFT JOIN in_time
    ON judged.feed = in_time.feed AND judged.sample_key = in_time.sample_key
GROUP BY ALL
