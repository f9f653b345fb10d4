-- Grain: one data row of the batch, with where it ends: accepted (opens a sample), continuation, duplicate or
-- quarantined. One bad row takes its whole sample along; a row of no sample stands for itself.
-- problem: the row's own worst one; for a row taken along, that of the row that is to blame.
-- From: rows, problems (row_no, rule, action, severity, …).
WITH decided AS (
    SELECT
        row_no,
        arg_min({'rule': rule, 'column_name': column_name, 'found': found, 'row_no': row_no}, severity) AS problem,
        min(severity) AS severity
    FROM problems
    WHERE action = 'quarantine_row'
    GROUP BY row_no
),

judged AS (
    SELECT
        rows.row_no,
        rows.sample_key,
        coalesce(rows.sample_key, 'row ' || rows.row_no::VARCHAR) AS sample,
        rows.content_hash,
        decided.problem,
        decided.severity
    FROM rows
    LEFT JOIN decided ON rows.row_no = decided.row_no
)

SELECT
    row_no,
    sample_key,
    problem IS NOT NULL AS is_to_blame,
    coalesce(problem, arg_min(problem, severity) OVER (PARTITION BY sample)) AS problem,
    CASE
        WHEN count(problem) OVER (PARTITION BY sample) > 0 THEN 'quarantined'
        WHEN row_number() OVER (PARTITION BY sample ORDER BY row_no) = 1 THEN 'accepted'
        WHEN row_number() OVER (PARTITION BY sample, content_hash ORDER BY row_no) > 1 THEN 'duplicate'
        ELSE 'continuation'
    END AS ends_as
FROM judged
