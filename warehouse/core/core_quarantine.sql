-- Grain: one row in quarantine: as read, of a batch that counts, unless its sample has been accepted since; and each of
-- the contradicting reports of a conflicting sample. A date that a rule calls wrong, or a cell under a wrong header, tells
-- no quarter. From: lake_quarantine, core_receipts, core_released, core_conflicts.
SELECT
    rows_.feed,
    CASE
        WHEN rows_.rule NOT IN (
            'SH-004', 'SH-111', 'SH-112', 'SH-113', 'SH-114', 'SH-115', 'SH-116', 'SH-121', 'SH-122',
            'CN-011', 'CN-012', 'CN-013', 'CN-014', 'CN-015', 'CN-016'
        ) THEN rows_.quarter
    END AS quarter,
    rows_.sample_key,
    rows_.sampling_type,
    rows_.province_code,
    rows_.prefecture_code,
    rows_.category_code,
    rows_.batch_id,
    rows_.file_name,
    rows_.sheet,
    rows_.source_row,
    rows_.rule,
    rows_.column_name,
    rows_.found,
    rows_.message_zh,
    rows_.message_en
FROM lake_quarantine AS rows_
INNER JOIN core_receipts AS receipts
    ON rows_.batch_id = receipts.batch_id AND rows_.attempt_id = receipts.attempt_id
ANTI JOIN core_released AS released
    ON rows_.feed = released.feed AND rows_.sample_key = released.sample_key
UNION ALL
SELECT
    feed,
    quarter,
    sample_key,
    sampling_type,
    province_code,
    prefecture_code,
    category_code,
    batch_id,
    file_name,
    sheet,
    source_row,
    'conflicting' AS rule,
    NULL AS column_name,
    conclusion AS found,
    '同一批次的报送结论相互矛盾，更正或核定之前不计入统计；请核实后报送更正文件' AS message_zh,
    'Reports of this sample contradict each other; it counts nowhere until a correction arrives' AS message_en
FROM core_conflicts
