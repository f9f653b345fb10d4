-- Grain: one batch that replaces, and one other (their ZIP too) that was sent together with it: whatever one of the two
-- ever came in (a ZIP, with all that lies in ZIPs in it; or alone) held the other as well. Once each has come without the
-- other they stand for themselves, and no ZIP of both undoes that, in whatever order the files come.
-- From: lake_receipts, core_replacements.
WITH came_in AS (
    SELECT DISTINCT
        receipts.batch_id,
        coalesce(around.parent_batch_id, receipts.parent_batch_id, receipts.batch_id) AS whole
    FROM lake_receipts AS receipts
    LEFT JOIN lake_receipts AS around
        ON receipts.parent_batch_id = around.batch_id
),

numbered AS (
    SELECT batch_id, whole, count(*) OVER (PARTITION BY batch_id) AS n_wholes FROM came_in
)

SELECT replacing.batch_id AS replacing_batch_id, beside.batch_id
FROM numbered AS replacing
SEMI JOIN core_replacements AS replacements
    ON replacing.batch_id = replacements.batch_id
INNER JOIN numbered AS beside
    ON replacing.whole = beside.whole AND replacing.batch_id <> beside.batch_id
GROUP BY replacing.batch_id, beside.batch_id, replacing.n_wholes, beside.n_wholes
HAVING count(*) = least(replacing.n_wholes, beside.n_wholes)
