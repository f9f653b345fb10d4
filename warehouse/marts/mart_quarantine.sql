-- Grain: one feed and quarter (or unknown) with rows in quarantine; the public is told nothing of risk monitoring.
-- From: core_quarantine.
SELECT
    feed,
    coalesce(quarter, 'unknown') AS quarter,
    count(*) AS n_rows,
    count(DISTINCT sample_key) AS n_samples
FROM core_quarantine
WHERE $is_office OR sampling_type IS DISTINCT FROM 'risk_monitoring'
GROUP BY feed, coalesce(quarter, 'unknown')
