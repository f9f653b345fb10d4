-- Grain: one recall by its number as compared, as the row that holds says it: the one corrected last, else announced
-- last, whatever the order of arrival. Rows of the same days that say different things contradict each other
-- (is_conflicting); one of them stands here. From: lake_recalls, core_receipts (those that count).
WITH counting AS (
    SELECT DISTINCT
        recalls.* EXCLUDE (batch_id, attempt_id, file_name, sheet, source_row, received_at),
        coalesce(grouping_text(recalls.recall_no), recalls.recall_no) AS number_text
    FROM lake_recalls AS recalls
    SEMI JOIN core_receipts AS receipts
        ON recalls.batch_id = receipts.batch_id AND recalls.attempt_id = receipts.attempt_id
),

last_rows AS (
    SELECT *
    FROM counting
    QUALIFY
        rank() OVER (
            PARTITION BY number_text
            ORDER BY coalesce(corrected_on, announced_on) DESC, announced_on DESC, corrected_on IS NULL
        ) = 1
)

SELECT
    last_rows.*,
    count(*) OVER (PARTITION BY last_rows.number_text) > 1 AS is_conflicting
FROM last_rows
QUALIFY row_number() OVER (PARTITION BY last_rows.number_text ORDER BY CAST(to_json(last_rows) AS VARCHAR)) = 1
