-- Grain: one notice, quarter and sampling type with samples that are held. From: core_counted.
SELECT feed, notice_key, quarter, sampling_type, count(*) AS n_held
FROM core_counted
WHERE is_held
GROUP BY ALL
