-- Grain: one sample that the public has read of and that no warning tells of any more though it failed, with the reason.
-- From: core_known_warnings, core_candidates, given_reasons.
SELECT
    candidates.feed,
    candidates.sample_key,
    reasons.reason,
    coalesce(
        CASE WHEN reasons.reason IN ('held', 'withdrawn_by_office') THEN nullif(candidates.decision_zh, '') END,
        reasons.reason_zh
    ) AS reason_zh,
    coalesce(
        CASE WHEN reasons.reason IN ('held', 'withdrawn_by_office') THEN nullif(candidates.decision_en, '') END,
        reasons.reason_en
    ) AS reason_en
FROM core_candidates AS candidates
INNER JOIN given_reasons AS reasons
    ON candidates.reason = reasons.reason
SEMI JOIN (SELECT feed, unnest(sample_keys) AS sample_key FROM core_known_warnings) AS known
    ON candidates.feed = known.feed AND candidates.sample_key = known.sample_key
WHERE candidates.state <> 'told'
