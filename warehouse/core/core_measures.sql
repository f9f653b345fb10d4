-- Grain: one measure (feed, subject as compared, kind, day) as the row that holds says it: the one corrected last. Of rows
-- that contradict each other the one that says less is done, or known, holds; a void row takes the measure back.
-- From: lake_measures, core_receipts (those that count).
WITH counting AS (
    SELECT DISTINCT
        measures.* EXCLUDE (batch_id, attempt_id, file_name, sheet, source_row, received_at),
        coalesce(grouping_text(measures.subject), measures.subject) AS subject_text
    FROM lake_measures AS measures
    SEMI JOIN core_receipts AS receipts
        ON measures.batch_id = receipts.batch_id AND measures.attempt_id = receipts.attempt_id
),

holding AS (
    SELECT counting.*
    FROM counting
    QUALIFY
        row_number() OVER (
            PARTITION BY counting.feed, counting.subject_text, counting.kind, counting.happened_on
            ORDER BY
                counting.corrected_on DESC NULLS LAST,
                list_position(
                    ['failed', 'pending', 'disputed', 'void', 'overturned', 'disowned', 'upheld', 'done'], counting.result
                ),
                CAST(to_json(counting) AS VARCHAR)
        ) = 1
)

SELECT *
FROM holding
WHERE result <> 'void'
