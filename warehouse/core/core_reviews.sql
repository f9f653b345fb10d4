-- Grain: one sample (feed, sample_key) with what the office decided last on the warning that told or was to tell of it,
-- and the advice that it wrote last. From: lake_dispositions.
WITH decisions AS (
    SELECT
        feed,
        kind,
        unnest(from_json(details ->> 'samples', '["VARCHAR"]')) AS sample_key,
        details ->> 'advice_zh' AS advice_zh,
        details ->> 'advice_en' AS advice_en,
        reason,
        details ->> 'reason_en' AS reason_en,
        decided_by,
        decided_at,
        (decided_at, disposition_id) AS place
    FROM lake_dispositions
    WHERE kind IN ('warning_approve', 'warning_edit', 'warning_hold', 'warning_withdraw')
)

SELECT
    feed,
    sample_key,
    arg_max(kind, place) FILTER (WHERE kind <> 'warning_edit') AS decision,
    arg_max(coalesce(reason, ''), place) FILTER (WHERE kind <> 'warning_edit') AS reason_zh,
    arg_max(coalesce(reason_en, ''), place) FILTER (WHERE kind <> 'warning_edit') AS reason_en,
    arg_max(decided_by, place) AS decided_by,
    max(decided_at) AS decided_at,
    arg_max(advice_zh, place) FILTER (WHERE kind = 'warning_edit' AND advice_zh IS NOT NULL) AS advice_zh,
    arg_max(advice_en, place) FILTER (WHERE kind = 'warning_edit' AND advice_en IS NOT NULL) AS advice_en
FROM decisions
GROUP BY feed, sample_key
