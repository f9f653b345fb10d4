-- Grain: one row, how many samples and quarantined rows of a batch are not what they were.
-- From: replayed_samples, replayed_rows (as they come out today), lake_samples, lake_quarantine. Parameter: the attempt
-- that counts. What a row is told may be worded anew without being a difference.
WITH samples_before AS (
    SELECT * EXCLUDE (attempt_id) FROM lake_samples
    WHERE attempt_id = $attempt_id
),

samples_after AS (
    SELECT * EXCLUDE (attempt_id) FROM replayed_samples
),

rows_before AS (
    SELECT
        sheet,
        source_row,
        sample_key,
        rule,
        found
    FROM lake_quarantine
    WHERE attempt_id = $attempt_id
),

rows_after AS (
    SELECT
        sheet,
        source_row,
        sample_key,
        rule,
        found
    FROM replayed_rows
),

differing AS (
    SELECT 1 FROM (FROM samples_before EXCEPT ALL FROM samples_after)
    UNION ALL
    SELECT 1 FROM (FROM samples_after EXCEPT ALL FROM samples_before)
    UNION ALL
    SELECT 1 FROM (FROM rows_before EXCEPT ALL FROM rows_after)
    UNION ALL
    SELECT 1 FROM (FROM rows_after EXCEPT ALL FROM rows_before)
)

SELECT count(*) AS n FROM differing
