-- Grain: one counting receipt whose samples, quarantined rows or rows of a form in the lake are not as many as it says;
-- none is right. From: core_receipts, lake_samples, lake_quarantine, lake_figures, lake_recalls, lake_measures (filled
-- in where it runs).
WITH counting AS (
    SELECT
        *,
        CASE WHEN feed IN ('figures', 'recalls', 'dispositions') THEN rows_accepted ELSE 0 END AS n_of_form
    FROM ({receipts})
),

held AS (
    SELECT
        counting.*,
        coalesce(held_samples.n, 0) AS held_samples,
        coalesce(held_rows.n, 0) AS held_rows,
        coalesce(held_of_form.n, 0) AS held_of_form
    FROM counting
    LEFT JOIN (SELECT attempt_id, count(DISTINCT sample_key) AS n FROM {samples} GROUP BY attempt_id) AS held_samples
        ON counting.attempt_id = held_samples.attempt_id
    LEFT JOIN (SELECT attempt_id, count(*) AS n FROM {quarantine} GROUP BY attempt_id) AS held_rows
        ON counting.attempt_id = held_rows.attempt_id
    LEFT JOIN (SELECT attempt_id, count(*) AS n FROM ({forms}) GROUP BY attempt_id) AS held_of_form
        ON counting.attempt_id = held_of_form.attempt_id
)

SELECT
    file_name,
    n_samples::VARCHAR || ' + ' || rows_quarantined::VARCHAR || ' + ' || n_of_form::VARCHAR AS said,
    held_samples::VARCHAR || ' + ' || held_rows::VARCHAR || ' + ' || held_of_form::VARCHAR AS held
FROM held
WHERE (n_samples, rows_quarantined, n_of_form) <> (held_samples, held_rows, held_of_form)
