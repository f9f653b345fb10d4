-- Grain: one warning that was ever public, as its latest event says; stood: its state before any withdrawal;
-- issued_at: when it was first issued, or first told where it never was.
-- From: lake_warning_events.
SELECT
    warning_id,
    max(version) AS version,
    arg_max(coalesce(state_after, event), version) AS state,
    arg_max(coalesce(state_after, event), version) FILTER (WHERE event <> 'withdrawn') AS stood,
    coalesce(min(happened_at) FILTER (WHERE event = 'issued'), min(happened_at)) AS issued_at,
    arg_max(feed, version) AS feed,
    arg_max(grouping_key, version) AS grouping_key,
    arg_max(sample_keys, version) AS sample_keys,
    arg_max(content, version) AS content,
    -- arg_max passes over nulls.
    arg_max(coalesce(reason, ''), version) AS reason,
    arg_max(coalesce(reason_zh, content ->> 'reason_zh', ''), version) AS reason_zh,
    arg_max(coalesce(reason_en, content ->> 'reason_en', ''), version) AS reason_en
FROM lake_warning_events
GROUP BY warning_id
