-- Grain: one row in quarantine; the office's artefact alone has any. From: core_quarantine.
SELECT
    feed,
    quarter,
    batch_id,
    file_name,
    sheet,
    source_row,
    rule,
    column_name,
    found,
    message_zh,
    message_en
FROM core_quarantine
WHERE $is_office
