-- Grain: one batch, attempt, notice, half, correction and quarter: what notices and corrections need to know of a batch
-- without reading its samples again. From: lake_samples, core_fresh_batches (those that count and are to be read).
SELECT
    samples.feed,
    samples.batch_id,
    samples.attempt_id,
    samples.notice_key,
    samples.notice_no,
    samples.half,
    samples.half_has_place,
    samples.is_notice_complete,
    samples.correction,
    samples.corrects,
    samples.quarter,
    max(samples.published_on) AS published_on,
    max(samples.concluded_on) AS concluded_on,
    count(*) AS n_reports
FROM lake_samples AS samples
SEMI JOIN core_fresh_batches AS fresh
    ON samples.batch_id = fresh.batch_id AND samples.attempt_id = fresh.attempt_id
GROUP BY ALL
