-- Grain: one of the equal reports of a sample whose verdicts contradict each other; it waits for a correction or a
-- decision of the office. From: core_contested.
SELECT
    feed,
    quarter,
    sample_key,
    sampling_type,
    province_code,
    prefecture_code,
    category_code,
    conclusion,
    batch_id,
    file_name,
    sheet,
    source_rows[1] AS source_row
FROM core_contested
WHERE is_conflicting AND is_equal
