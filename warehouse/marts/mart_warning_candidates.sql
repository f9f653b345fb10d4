-- Grain: one failed sample that no public warning tells of, with what it waits for or why there is no warning; for the
-- office alone. From: core_candidates, given_reasons, core_waiting.
SELECT
    candidates.feed,
    candidates.sample_key,
    candidates.sample_no,
    candidates.quarter,
    candidates.sampling_type,
    candidates.province_code,
    candidates.prefecture_code,
    candidates.product_name,
    candidates.producer_as_reported AS producer_name,
    candidates.producer_status,
    candidates.hazard_code,
    candidates.grade,
    candidates.state,
    candidates.reason,
    coalesce(
        CASE WHEN candidates.reason IN ('held', 'withdrawn_by_office') THEN nullif(candidates.decision_zh, '') END,
        reasons.reason_zh
    ) AS reason_zh,
    coalesce(
        CASE WHEN candidates.reason IN ('held', 'withdrawn_by_office') THEN nullif(candidates.decision_en, '') END,
        reasons.reason_en
    ) AS reason_en,
    candidates.is_final,
    candidates.ready_on,
    waiting.warning_id,
    waiting.headline_zh,
    waiting.advice_zh,
    candidates.decided_by,
    candidates.decided_at
FROM core_candidates AS candidates
INNER JOIN given_reasons AS reasons
    ON candidates.reason = reasons.reason
LEFT JOIN core_waiting AS waiting
    ON candidates.feed = waiting.feed AND candidates.sample_key = waiting.sample_key
WHERE candidates.state <> 'told'
