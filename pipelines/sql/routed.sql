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
        rows.content_hash,
        decided.problem,
        decided.severity,
        rows.sample_key IN (SELECT more.sample_key FROM rows AS more GROUP BY more.sample_key HAVING count(*) > 1)
            AS is_of_several
    FROM rows
    LEFT JOIN decided ON rows.row_no = decided.row_no
)

-- Most samples have one row, which needs to be compared with no other.
SELECT
    row_no,
    sample_key,
    problem IS NOT NULL AS is_to_blame,
    problem,
    CASE WHEN problem IS NULL THEN 'accepted' ELSE 'quarantined' END AS ends_as
FROM judged
WHERE is_of_several IS NOT TRUE
UNION ALL
SELECT
    row_no,
    sample_key,
    problem IS NOT NULL AS is_to_blame,
    coalesce(problem, arg_min(problem, severity) OVER (PARTITION BY sample_key)) AS problem,
    CASE
        WHEN count(problem) OVER (PARTITION BY sample_key) > 0 THEN 'quarantined'
        WHEN row_number() OVER (PARTITION BY sample_key ORDER BY row_no) = 1 THEN 'accepted'
        WHEN row_number() OVER (PARTITION BY sample_key, content_hash ORDER BY row_no) > 1 THEN 'duplicate'
        ELSE 'continuation'
    END AS ends_as
FROM judged
WHERE is_of_several
