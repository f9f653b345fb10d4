-- Grain: one warning that was ever public, as its latest event says; issued_at is the instant of its first.
-- From: lake_warning_events.
SELECT
    warning_id,
    max(version) AS version,
    arg_max(event, version) AS event,
    min(happened_at) AS issued_at,
    arg_max(feed, version) AS feed,
    arg_max(grouping_key, version) AS grouping_key,
    arg_max(sample_keys, version) AS sample_keys,
    arg_max(content, version) AS content
FROM lake_warning_events
GROUP BY warning_id
