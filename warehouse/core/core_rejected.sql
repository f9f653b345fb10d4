-- Grain: one feed and quarter in which files were received that were rejected whole: those whose bytes were never taken
-- in, not even by a later replay or beside another side-car; a ZIP stands for itself only where none of its files has an
-- answer of its own. From: lake_receipts.
SELECT
    feed,
    format(
        '{}Q{}',
        year(received_at AT TIME ZONE 'Asia/Shanghai'),
        quarter(received_at AT TIME ZONE 'Asia/Shanghai')
    ) AS quarter_received,
    count(DISTINCT sha256) AS n_files
FROM lake_receipts AS receipts
WHERE
    outcome = 'rejected'
    AND sha256 NOT IN (SELECT taken.sha256 FROM lake_receipts AS taken WHERE taken.outcome <> 'rejected')
    AND batch_id NOT IN (
        SELECT members.parent_batch_id FROM lake_receipts AS members WHERE members.parent_batch_id IS NOT NULL
    )
GROUP BY ALL
