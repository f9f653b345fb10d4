-- Grain: one data row of the batch, with where it ends: accepted (opens a sample), continuation, duplicate or
-- quarantined. One bad row takes its whole sample along; a row of no sample stands for itself.
-- From: rows, problems (row_no, rule, action, severity, …).
WITH decided AS (
    SELECT
        row_no,
        arg_min(rule, severity) AS rule,
        arg_min(column_name, severity) AS column_name,
        arg_min(found, severity) AS found,
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
        decided.rule AS own_rule,
        decided.column_name,
        decided.found,
        decided.severity
    FROM rows
    LEFT JOIN decided ON rows.row_no = decided.row_no
)

SELECT
    row_no,
    sample_key,
    own_rule,
    column_name,
    found,
    arg_min(own_rule, severity) OVER (PARTITION BY sample) AS rule,
    CASE
        WHEN count(own_rule) OVER (PARTITION BY sample) > 0 THEN 'quarantined'
        WHEN row_number() OVER (PARTITION BY sample ORDER BY row_no) = 1 THEN 'accepted'
        WHEN row_number() OVER (PARTITION BY sample, content_hash ORDER BY row_no) > 1 THEN 'duplicate'
        ELSE 'continuation'
    END AS ends_as
FROM judged
