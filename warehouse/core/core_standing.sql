-- Grain: one report that stands (counts and is not retracted), with what its notice lets it do:
-- 0 counts; 1 counts without its prefecture; 2 held until the other half is there; 3 in no rate (failures only).
-- From: core_reports, core_retractions, core_notices.
SELECT
    reports.*,
    CASE
        WHEN reports.half = 'together' THEN 0
        WHEN reports.half = 'failures_only' THEN 3
        WHEN notices.is_held THEN 2
        WHEN notices.is_unplaced THEN 1
        ELSE 0
    END AS standing,
    CASE reports.level
        WHEN 'national' THEN 1
        WHEN 'provincial' THEN 2
        WHEN 'municipal' THEN 3
        WHEN 'county' THEN 4
        ELSE 5
    END AS level_order
FROM core_reports AS reports
LEFT JOIN core_notices AS notices
    ON reports.feed = notices.feed AND reports.notice_key = notices.notice_key
ANTI JOIN core_retractions AS retracted
    ON
        reports.feed = retracted.feed
        AND reports.sample_key = retracted.sample_key
        AND reports.batch_id = retracted.batch_id
