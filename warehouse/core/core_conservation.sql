-- Grain: one counting receipt whose samples or quarantined rows in the lake are not as many as it says; none is right.
-- From: core_receipts (receipts), the samples and quarantine of the lake.
WITH counting AS (SELECT * FROM ({receipts}))

SELECT
    counting.file_name,
    counting.n_samples::VARCHAR || ' + ' || counting.rows_quarantined::VARCHAR AS said,
    coalesce(held_samples.n, 0)::VARCHAR || ' + ' || coalesce(held_rows.n, 0)::VARCHAR AS held
FROM counting
LEFT JOIN (SELECT attempt_id, count(DISTINCT sample_key) AS n FROM {samples} GROUP BY attempt_id) AS held_samples
    ON counting.attempt_id = held_samples.attempt_id
LEFT JOIN (SELECT attempt_id, count(*) AS n FROM {quarantine} GROUP BY attempt_id) AS held_rows
    ON counting.attempt_id = held_rows.attempt_id
WHERE
    counting.feed <> 'dispositions'
    AND (
        counting.n_samples <> coalesce(held_samples.n, 0)
        OR counting.rows_quarantined <> coalesce(held_rows.n, 0)
    )
