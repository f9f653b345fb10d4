-- Grain: one counting receipt whose samples, quarantined rows or yearly figures in the lake are not as many as it says;
-- none is right. From: core_receipts (receipts), the samples, quarantine and figures of the lake.
WITH counting AS (
    SELECT
        *,
        CASE WHEN feed = 'figures' THEN rows_accepted ELSE 0 END AS n_figures
    FROM ({receipts})
    WHERE feed <> 'dispositions'
),

held AS (
    SELECT
        counting.*,
        coalesce(held_samples.n, 0) AS held_samples,
        coalesce(held_rows.n, 0) AS held_rows,
        coalesce(held_figures.n, 0) AS held_figures
    FROM counting
    LEFT JOIN (SELECT attempt_id, count(DISTINCT sample_key) AS n FROM {samples} GROUP BY attempt_id) AS held_samples
        ON counting.attempt_id = held_samples.attempt_id
    LEFT JOIN (SELECT attempt_id, count(*) AS n FROM {quarantine} GROUP BY attempt_id) AS held_rows
        ON counting.attempt_id = held_rows.attempt_id
    LEFT JOIN (SELECT attempt_id, count(*) AS n FROM {figures} GROUP BY attempt_id) AS held_figures
        ON counting.attempt_id = held_figures.attempt_id
)

SELECT
    file_name,
    n_samples::VARCHAR || ' + ' || rows_quarantined::VARCHAR || ' + ' || n_figures::VARCHAR AS said,
    held_samples::VARCHAR || ' + ' || held_rows::VARCHAR || ' + ' || held_figures::VARCHAR AS held
FROM held
WHERE (n_samples, rows_quarantined, n_figures) <> (held_samples, held_rows, held_figures)
