-- Grain: one outcome, with the number of files that ended so; a file that was worked off again counts as what became of
-- it then. From: lake_receipts.
SELECT
    outcome,
    count(*) AS n_files
FROM (
    SELECT outcome
    FROM lake_receipts
    QUALIFY
        row_number() OVER (
            PARTITION BY envelope_id
            ORDER BY outcome = 'rejected', coalesce(replay_no, 0) DESC, committed_at DESC, attempt_id
        ) = 1
)
GROUP BY outcome
ORDER BY outcome
